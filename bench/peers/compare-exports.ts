/**
 * Compares logits and input gradients of exported models with PyTorch's.
 *
 * Usage: node --import tsx bench/peers/compare-exports.ts FOLDER [PATTERN] [--json FILE]
 *
 * FOLDER holds NAME.EXPORTER.onnx with NAME.npz beside it: `x` [N, C, H, W], `label` [N],
 * PyTorch's logits `y` and its input gradient `gradient` of the summed cross-entropy. Relative
 * errors are of the largest magnitude.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Classifier, nodeRuntime, objectives, readModel, readNpz, ToolkitError } from 'foolproof/node';

/** Relative error above which a gradient counts as wrong. */
const TOLERANCE = 1e-4;

interface Row {
  readonly file: string;
  /** The operator set of the file. */
  readonly opset?: number;
  /** `equal`, `wrong`, or why there is no gradient. */
  readonly outcome: string;
  readonly logits?: number;
  readonly gradient?: number;
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
const [folder = '.', pattern = ''] = positionals;
const runtime = await nodeRuntime();
const rows: Row[] = [];
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith('.onnx') && name.includes(pattern))
  .sort()) {
  const row = await compare(file);
  rows.push(row);
  const numbers =
    row.gradient === undefined ? '' : ` logits ${show(row.logits)} gradient ${show(row.gradient)}`;
  console.log(`${row.file.padEnd(44)} ${row.outcome.slice(0, 300)}${numbers}`);
}
const counted = (test: (row: Row) => boolean) => rows.filter(test).length;
const differentiable = counted((r) => r.gradient !== undefined);
const summary = {
  files: rows.length,
  differentiable,
  equal: counted((r) => r.outcome === 'equal'),
  wrong: counted((r) => r.outcome === 'wrong'),
};
console.log(JSON.stringify(summary));
if (values.json) writeFileSync(values.json, JSON.stringify({ summary, rows }, null, 1));

async function compare(file: string): Promise<Row> {
  const reference = readNpz(readFileSync(join(folder, `${file.split('.')[0]}.npz`)), { source: file });
  const [x, label, y, expected] = ['x', 'label', 'y', 'gradient'].map((name) => reference.get(name));
  if (x?.dtype !== 'float32' || !label || !y || !expected) return { file, outcome: 'no reference' };
  let opset: { opset?: number } = {};
  try {
    const { model, opset: version } = await readModel(join(folder, file));
    opset = { opset: version };
    const classifier = new Classifier(model, { runtime, source: file });
    try {
      const labels = Array.from(label.data as ArrayLike<number | bigint>, Number);
      const { logits, gradient } = await classifier.gradient(x as never, objectives['cross-entropy'], labels);
      const errors = {
        logits: relativeError(headed(logits, classifier.shape.head), y.data as ArrayLike<number>),
        gradient: relativeError(gradient.data, expected.data as ArrayLike<number>),
      };
      const equal = errors.logits <= TOLERANCE && errors.gradient <= TOLERANCE;
      return { file, ...opset, outcome: equal ? 'equal' : 'wrong', ...errors };
    } finally {
      await classifier.release();
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { file, ...opset, outcome: `${error instanceof ToolkitError ? error.code : 'CRASH'}: ${message}` };
  }
}

/** What the file puts out: its logits, or their softmax. */
function headed(
  { data, dims }: { data: Float32Array; dims: readonly number[] },
  head: string,
): ArrayLike<number> {
  if (head !== 'softmax') return data;
  const classes = dims[1] ?? 1;
  return data.map((z, i) => {
    const row = data.subarray(i - (i % classes), i - (i % classes) + classes);
    return Math.exp(z) / row.reduce((sum, other) => sum + Math.exp(other), 0);
  });
}

function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [error, scale] = [0, 1e-12];
  for (let i = 0; i < expected.length; i++) {
    error = Math.max(error, Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? 0)));
    scale = Math.max(scale, Math.abs(expected[i] ?? 0));
  }
  return actual.length === expected.length && !Number.isNaN(error) ? error / scale : Number.POSITIVE_INFINITY;
}

function show(value: number | undefined): string {
  return (value ?? Number.NaN).toExponential(1);
}
