import { readNpy, writeNpy } from '../../../src/core/tensor/npy.js';
import { float32, type Random } from '../../support/toolkit.js';
import { mutateBytes, pick } from '../mutate/bytes.js';
import { shorterBytes, type Target } from '../target.js';
import { refused } from './models.js';

const DESCRIPTORS = [
  '<f4',
  '<f8',
  '|u1',
  '<i8',
  '|b1',
  '<f2',
  '>f4',
  '|O',
  '<U3',
  '<c8',
  '|S2',
  '',
  "('a', 'b')",
];
const SIZES = [
  '0',
  '1',
  '2',
  '3',
  '-1',
  '1.5',
  '9007199254740993',
  '4294967296',
  '10000L',
  '1e9',
  'None',
  '99999999999999999999',
];

/** An `.npy` file, most of the time with a header that promises something else than what follows. */
export function makeArray(random: Random): Uint8Array {
  const dims = Array.from({ length: random.integer(4) }, () => random.integer(4));
  const plain = writeNpy(float32(dims, new Float32Array(dims.reduce((a, b) => a * b, 1))));
  if (random.integer(3) === 0) return mutateBytes(plain, random);
  const shape = Array.from({ length: random.integer(random.integer(20) === 0 ? 200 : 6) }, () =>
    pick(random, SIZES),
  );
  const entries = [
    `'descr': '${pick(random, DESCRIPTORS)}'`,
    `'fortran_order': ${pick(random, ['True', 'False', '1', 'None'])}`,
    `'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''})`,
  ];
  const kept = entries.filter(() => random.integer(12) > 0);
  const text = `{${kept.join(', ')}, }${' '.repeat(random.integer(100))}\n`;
  const header = new TextEncoder().encode(text);
  const version = pick(random, [1, 1, 1, 2, 3, 4]);
  const claimed = random.integer(8) === 0 ? random.uint32() : header.length;
  const length =
    version === 1 ? [claimed & 255, (claimed >> 8) & 255] : [0, 8, 16, 24].map((s) => (claimed >>> s) & 255);
  const data = new Uint8Array(random.integer(65));
  const bytes = Uint8Array.from([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    version,
    0,
    ...length,
    ...header,
    ...data,
  ]);
  return random.integer(4) === 0 ? mutateBytes(bytes, random) : bytes;
}

export const arrays: Target = {
  help: 'damaged .npy files',
  make: makeArray,
  async run(bytes) {
    await refused(() => readNpy(bytes, 'a.npy'));
  },
  smaller: shorterBytes,
};
