import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeNpz } from '../../../src/core/tensor/npz.js';
import { int64, type Tensor, tensor } from '../../support/toolkit.js';
import type { Target } from '../target.js';
import { makeModel, models } from './models.js';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const built = join(project, 'dist/cli/main.js');

/** The program as it is installed where it was built, else from source. */
const command = existsSync(built)
  ? [built]
  : ['--import', import.meta.resolve('tsx'), join(project, 'src/cli/main.ts')];

const folder = mkdtempSync(join(tmpdir(), 'foolproof-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const [model, data] = [join(folder, 'm.onnx'), join(folder, 'd.npz')];
const images = tensor(
  'uint8',
  [4, 12, 12],
  new Uint8Array(576).map((_, i) => i % 251),
);
writeFileSync(
  data,
  writeNpz(
    new Map<string, Tensor>([
      ['images', images],
      ['labels', int64([4], [0, 1, 2, 3])],
    ]),
  ),
);

const COMMANDS = [
  ['inspect', model],
  ['gradient', model, '--out', join(folder, 'g.onnx')],
  ['attack', model, '--dataset', 'npz', '--data', data, '--samples', '2', '--epsilon', '0.1', '--quiet'],
  ['materialize', model, '--out', join(folder, 'd.onnx')],
] as const;

/** Damaged models through the real program, each command in its turn. */
export const program: Target = {
  help: 'damaged models through the real program, in a process of its own each',
  make: makeModel,
  async run(bytes) {
    writeFileSync(model, bytes);
    const argv = COMMANDS[bytes.length % COMMANDS.length] ?? COMMANDS[0];
    const child = spawn(process.execPath, [...command, ...argv], { cwd: folder });
    let text = '';
    child.stderr.on('data', (chunk) => {
      text += chunk;
    });
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.on('close', (...how) => resolve(how)),
    );
    const isAnswer = code === 0 || (code === 2 && /^foolproof: [^\n]+\n$/.test(text));
    if (!isAnswer) throw new Error(`${argv[0]}: exit ${code ?? signal}: ${text.slice(0, 2000)}`);
  },
  smaller: models.smaller,
};
