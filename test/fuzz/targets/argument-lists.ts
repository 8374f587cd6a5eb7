import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { run } from '../../../src/cli/program.js';
import { describedBy } from '../../../src/core/formats/format-metadata.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import { writeNpz } from '../../../src/core/tensor/npz.js';
import { int64, type Random, type Tensor, tensor } from '../../support/toolkit.js';
import { pick } from '../mutate/bytes.js';
import type { Target } from '../target.js';

/** Milliseconds after which a command that does work is stopped, as by Ctrl-C. */
const PATIENCE = 1500;
/** Exit codes that are answers: done, user error, not robust, stopped. */
const ANSWERS = new Set([0, 2, 3, 130]);

const COMMANDS = [
  'attack',
  'audit',
  'gradient',
  'inhibit',
  'inspect',
  'materialize',
  'reproduce',
  'train',
  'help',
];
const FLAGS = [
  ...['--', '-', '-q', '-h', '-V', '--help', '--json', '--out', '--data', '--dataset', '--samples', '--seed'],
  ...['--epsilon', '--attack', '--objective', '--batch-size', '--threads', '--layout', '--range', '--mean'],
  ...[
    '--std',
    '--labels',
    '--resize',
    '--source',
    '--criterion',
    '--rounding',
    '--outcomes',
    '--tau',
    '--layer',
  ],
  ...[
    '--save-adversarial',
    '--norm',
    '--budget',
    '--effort',
    '--robust-at',
    '--fail-under',
    '--steps',
    '--figures',
  ],
  ...[
    '--models',
    '--profile',
    '--jobs',
    '--arch',
    '--compression',
    '--epochs',
    '--learning-rate',
    '--augment',
  ],
  ...['--adversarial', '--distill', '--schedule', '--optimizer', '--train-images', '--kernel', '--elements'],
];
const VALUES = [
  ...[
    '',
    ' ',
    '-',
    '--',
    '0',
    '1',
    '-1',
    '2',
    '1.5',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e999',
    '0x10',
    '1e-400',
  ],
  ...[
    '8/255',
    '1/0',
    '0/0',
    '9007199254740993',
    '99999999999999999999',
    '1,2,3',
    ',',
    '1,,2',
    '0.1,0.1',
    'all',
  ],
  ...[
    'auto',
    'none',
    'm.onnx',
    './m.onnx',
    'd.npz',
    'folder',
    'missing',
    'o.onnx',
    'o/o.onnx',
    '.',
    '/',
    '~',
  ],
  ...[
    '\x1b[31m',
    '\n',
    '\u202e',
    '__proto__',
    'constructor',
    'toString',
    'pgd',
    'fgsm',
    'fgms',
    'L2',
    'Linf',
    'quick',
  ],
  ...[
    'npz',
    'folder',
    'mnist',
    'NCHW',
    'NHWC',
    '0,1',
    '0,255',
    'cross-entropy',
    'hash:1/4',
    'hash:0',
    'prune:2',
  ],
  ...[
    'pgd:0.3,steps=4',
    'differs-from:m.onnx',
    'targeted:1',
    'targeted:99',
    '4x4',
    '0x0',
    '99999999x1',
    '30s',
    '-5m',
  ],
  ...[
    '@d.npz',
    '[0,1]',
    '{}',
    '1x12x12-C4-F16-4',
    '784-',
    'x'.repeat(20_000),
    '%s%n',
    '$(id)',
    "'; --",
    '🙂',
    '/dev/zero',
  ],
];

class Sink extends Writable {
  text = '';
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

let place: string | undefined;

/** A folder with one model and the data that it takes; the current folder from then on. */
function workplace(): string {
  if (place) return place;
  const made = mkdtempSync(join(tmpdir(), 'foolproof-fuzz-'));
  process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  const model = buildModel('1x12x12-C4-F16-4', { seed: 1, kernel: 3 });
  const described = describedBy(model, { layout: 'NCHW', range: [0, 1], labels: [0, 1, 2, 3] });
  writeFileSync(join(made, 'm.onnx'), encodeModel(described));
  const images = tensor(
    'uint8',
    [4, 12, 12],
    new Uint8Array(576).map((_, i) => i % 251),
  );
  writeFileSync(
    join(made, 'd.npz'),
    writeNpz(
      new Map<string, Tensor>([
        ['images', images],
        ['labels', int64([4], [0, 1, 2, 3])],
      ]),
    ),
  );
  mkdirSync(join(made, 'folder'));
  process.chdir(made);
  place = made;
  return made;
}

function make(random: Random): Uint8Array {
  const count = random.integer(6);
  const flags = Array.from({ length: count }, () => [
    pick(random, FLAGS),
    ...(random.integer(4) > 0 ? [pick(random, VALUES)] : []),
  ]).flat();
  const usual =
    random.integer(2) === 0
      ? ['m.onnx', '--dataset', 'npz', '--data', 'd.npz', '--samples', '1']
      : [pick(random, VALUES)];
  const argv = [pick(random, COMMANDS), ...(random.integer(3) > 0 ? usual : []), ...flags];
  return Buffer.from(JSON.stringify(random.integer(15) === 0 ? argv.slice(1) : argv));
}

/** Anything but text and ends of lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029]/;

export const argumentLists: Target = {
  help: 'lists of arguments, in this process',
  make,
  async run(bytes) {
    workplace();
    const argv: readonly string[] = JSON.parse(Buffer.from(bytes).toString());
    const [stdout, stderr] = [new Sink(), new Sink()];
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), PATIENCE);
    try {
      const code = await run(argv, { stdout, stderr, signal: controller.signal });
      if (!ANSWERS.has(code)) throw new Error(`exit ${code}: ${stderr.text}`);
      if (OBEYED.test(stdout.text + stderr.text)) throw new Error(`a terminal would obey: ${stderr.text}`);
      if (code === 2 && /unforeseen|TypeError|RangeError|ReferenceError/.test(stderr.text))
        throw new Error(stderr.text);
    } finally {
      clearTimeout(timer);
    }
  },
  *smaller(bytes) {
    const argv: readonly string[] = JSON.parse(Buffer.from(bytes).toString());
    for (const at of argv.keys()) yield Buffer.from(JSON.stringify(argv.toSpliced(at, 1)));
  },
};
