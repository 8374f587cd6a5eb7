import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { readNpz, writeNpz } from '../../../src/core/tensor/npz.js';
import { loadNpz } from '../../../src/node/datasets/npz-dataset.js';
import { int64, type Random, type Tensor, tensor } from '../../support/toolkit.js';
import { mutateBytes, pick } from '../mutate/bytes.js';
import { shorterBytes, type Target } from '../target.js';
import { makeArray } from './arrays.js';
import { refused } from './models.js';

const NAMES = [
  'images',
  'labels',
  'train_images',
  'x_test',
  'y_test',
  '',
  '__proto__',
  '../a',
  'a\0b',
  '\x1b[31m',
];

function makeArchive(random: Random): Uint8Array {
  const level = pick(random, [0, 6] as const);
  if (random.integer(2) === 0) {
    const files = Array.from(
      { length: random.integer(4) },
      () => [`${pick(random, NAMES)}.npy`, makeArray(random)] as const,
    );
    return maybeDamaged(zipSync(Object.fromEntries(files), { level }), random);
  }
  const [count, side] = [1 + random.integer(3), 1 + random.integer(3)];
  const dims = pick(random, [
    [count, side, side],
    [count, 1, side, side],
    [count, side, side, 3],
    [count],
    [],
    [0, 2, 2],
  ]);
  const size = dims.reduce((a, b) => a * b, 1);
  const images: Tensor = pick<Tensor>(random, [
    tensor('uint8', dims, new Uint8Array(size)),
    tensor('float32', dims, new Float32Array(size).fill(pick(random, [0, 1, Number.NaN, 300]))),
    tensor('int64', dims, new BigInt64Array(size)),
  ]);
  const labels = int64(
    [count],
    Array.from({ length: count }, () => pick(random, [0, 1, -1, 70_000, 2 ** 40])),
  );
  return maybeDamaged(
    writeNpz(
      new Map([
        ['images', images],
        ['labels', labels],
      ]),
      { level },
    ),
    random,
  );
}

function maybeDamaged(bytes: Uint8Array, random: Random): Uint8Array {
  let damaged = bytes;
  for (let i = random.integer(4); i > 0; i--) damaged = mutateBytes(damaged, random);
  return damaged;
}

const folder = mkdtempSync(join(tmpdir(), 'foolproof-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

export const archives: Target = {
  help: 'damaged .npz files, as arrays and as data sets',
  make: makeArchive,
  async run(bytes) {
    await refused(() => readNpz(bytes, { source: 'a.npz' }));
    const path = join(folder, 'data.npz');
    writeFileSync(path, bytes);
    await refused(() => loadNpz({ path }));
  },
  smaller: shorterBytes,
};
