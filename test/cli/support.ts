import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { run } from '../../src/cli/program.js';
import type { Output } from '../../src/cli/terminal/progress-display.js';
import { stream } from '../../src/core/base/random.js';
import { describedBy } from '../../src/core/formats/format-metadata.js';
import { buildModel } from '../../src/core/models/build-model.js';
import { encodeModel } from '../../src/core/onnx/encode.js';
import type { Model } from '../../src/core/onnx/graph.js';
import { parseReshaping, reshapeAll } from '../../src/core/reshaping/index.js';
import { writeNpz } from '../../src/core/tensor/npz.js';
import { int64, type Tensor, tensor } from '../../src/core/tensor/tensor.js';

/** A folder that is removed when the test file is done. */
export function workplace(): { path(name: string): string; list(): string[]; root: string } {
  const root = mkdtempSync(join(tmpdir(), 'foolproof-cli-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return { root, path: (name) => join(root, name), list: () => readdirSync(root).sort() };
}

/** Collects what is written. */
export class Sink extends Writable {
  text = '';
  isTTY?: boolean;
  columns?: number;
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program in this process. */
export async function cli(argv: readonly string[], signal = new AbortController().signal): Promise<Outcome> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const code = await run(argv, { stdout: stdout as Output, stderr: stderr as Output, signal });
  return { code, out: stdout.text, err: stderr.text };
}

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Command line of the real program, run from source. */
export const program = [process.execPath, '--import', 'tsx', join(project, 'src/cli/main.ts')] as const;

export interface Spawned {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves once stderr holds the text. */
  said(text: string): Promise<void>;
  readonly done: Promise<Outcome & { readonly signal: NodeJS.Signals | null }>;
}

/** Starts the real program, or a shell line in which `$FOOLPROOF` is its command line. */
export function spawnCli(command: readonly string[] | string): Spawned {
  const options = { cwd: project, env: { ...process.env, FOOLPROOF: program.join(' ') } };
  const child =
    typeof command === 'string'
      ? spawn('sh', ['-c', command], options)
      : spawn(program[0], [...program.slice(1), ...command], options);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const done = once(child, 'close').then(([code, signal]) => ({ code, signal, out, err }));
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    async said(text) {
      while (!err.includes(text)) {
        if (child.exitCode !== null) throw new Error(`the program ended without saying "${text}": ${err}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    done,
  };
}

export const SMALL = '1x12x12-C4-F16-4';

/**
 * A classifier of 12 x 12 images with random weights: small enough to be attacked in milliseconds. It says
 * itself what it takes, since nothing can be found out about random weights.
 */
export function smallModel(compression = 'none', seed = 1): Model {
  const model = reshapeAll(buildModel(SMALL, { seed, kernel: 3 }), parseReshaping(compression), seed);
  return describedBy(model, { layout: 'NCHW', range: [0, 1], labels: [0, 1, 2, 3] });
}

export function writeModel(path: string, model: Model): string {
  writeFileSync(path, encodeModel(model));
  return path;
}

/**
 * Random images that `smallModel` fits; each class has a brighter quarter, so that
 * there is something to learn.
 */
export function writeData(path: string, { train = 120, test = 40, classes = 4 } = {}): string {
  const random = stream(1, 'test data');
  const part = (count: number): [Tensor, Tensor] => {
    const pixels = new Uint8Array(count * 144);
    const labels = Array.from({ length: count }, (_, i) => i % classes);
    for (let i = 0; i < pixels.length; i++) {
      const [label, place] = [labels[Math.floor(i / 144)]!, i % 144];
      const quarter = (place >= 72 ? 2 : 0) + (place % 12 >= 6 ? 1 : 0);
      pixels[i] = random.integer(120) + (quarter === label ? 120 : 0);
    }
    return [tensor('uint8', [count, 12, 12], pixels), int64([count], labels)];
  };
  const [[trainImages, trainLabels], [images, labels]] = [part(train), part(test)];
  const arrays = { train_images: trainImages, train_labels: trainLabels, images, labels };
  writeFileSync(path, writeNpz(new Map(Object.entries(arrays).filter(([, value]) => value.data.length > 0))));
  return path;
}
