import { TEXT_LIMITS } from './limits.js';
import { listed, prose, shown, shownData } from './text/index.js';

/**
 * Every error a user can meet, as data, and the one place that words it.
 *
 * Code throws `new ToolkitError(code, data)`; only this file turns it into a sentence:
 * what was expected, what arrived, what to do.
 */
export interface ErrorData {
  'file-missing': { path: string; what: string };
  'file-unreadable': { path: string; reason: string };
  'file-unwritable': { path: string; reason: string };
  'file-too-large': { path: string; bytes: number; limit: number };
  'run-in-use': { path: string; holder: string; lock: string };
  'not-onnx': { source: string; reason: string };
  'corrupt-model': { source: string; problems: readonly string[] };
  'old-opset': { source: string; opset: number; reason: string };
  'external-data': { source: string; problems: readonly string[] };
  'machine-bound': { source: string; operators: readonly string[] };
  'unsupported-operators': { source: string; operators: readonly UnsupportedOperator[] };
  'unknown-shape': { node: string; reason: string } & AboutSource;
  'shape-mismatch': { node: string; reason: string } & AboutSource;
  /** An error of any other kind while a file was worked on. */
  unusable: { source: string; reason: string };
  'not-a-classifier': { source: string; problems: readonly string[] };
  'ambiguous-output': { source: string; outputs: readonly string[] } & AboutOption;
  'bad-weights': { source: string; tensors: readonly string[] };
  'bad-notation': { notation: string; position: number; expected: string };
  'not-finite': { source: string; what: string; count: number; total: number };
  'bad-value': { what: string; expected: string; received: string } & AboutOption;
  'unknown-name': { what: string; name: string; known: readonly string[]; nearest?: string };
  'data-mismatch': { what: string; expected: string; received: string; hint?: string } & AboutOption;
  'corrupt-data': { source: string; reason: string };
  'bad-description': { path: string; problems: readonly string[] };
  'fetch-failed': { what: string; from: string; reason: string; hint: string };
  'nothing-to-do': { what: string; hint: string } & AboutOption;
  diverged: { what: string; step: number; hint: string };
  collapsed: { step: number; single: number; several: number; steps: number };
  interrupted: { what: string; resume?: string };
  stopped: { what: string };
  'package-missing': { package: string; purpose: string; reason: string };
  'worker-ended': { what: string; reason: string };
  'not-robust': { models: readonly string[]; required: readonly string[] };
  runtime: { what: string; reason: string };
}

/**
 * Which option of the call an error is about, so that whoever offers the option under a
 * name of its own can say so.
 */
export interface AboutOption {
  readonly option?: string;
}

/** Of which file an error is about; see `naming`. */
export interface AboutSource {
  readonly source?: string;
}

export interface UnsupportedOperator {
  readonly op: string;
  readonly nodes: readonly string[];
  readonly reason: string;
}

/** The codes of all errors that a user can cause or fix. */
export type ErrorCode = keyof ErrorData;

type Wording = { [C in ErrorCode]: (data: ErrorData[C]) => string };

const of = ({ source }: AboutSource): string => (source === undefined ? '' : `${source}: `);

const wording: Wording = {
  'file-missing': (d) => `${d.path}: no such file; expected ${d.what}. Check the path.`,
  'file-unreadable': (d) => `${d.path}: cannot be read (${d.reason}).`,
  'file-unwritable': (d) =>
    `${d.path}: cannot be written (${d.reason}). Nothing was left behind; choose another place.`,
  'file-too-large': (d) =>
    `${d.path}: ${prose.byteSize(d.bytes)} is more than the limit of ${prose.byteSize(d.limit)}.`,
  'run-in-use': (d) =>
    `${d.path}: in use by ${d.holder}. Wait for it, choose another folder or, when it is surely gone, ` +
    `delete ${d.lock}.`,
  'not-onnx': (d) =>
    `${d.source}: not an ONNX model (${d.reason}). Expected a file that an exporter wrote as .onnx.`,
  'corrupt-model': (d) => `${d.source}: damaged or inconsistent ONNX model: ${listed(d.problems)}.`,
  'old-opset': (d) =>
    `${d.source}: written for ONNX operator set ${d.opset}, ${d.reason}. Export it again for operator ` +
    `set 20 (any from 7 to 26 is read).`,
  'external-data': (d) =>
    `${d.source}: weights in other files cannot be read: ${listed(d.problems)}. They belong beside ` +
    `the model.`,
  'machine-bound': (d) =>
    `${d.source}: optimized by ONNX Runtime for one machine: ${listed(d.operators)} work on the memory ` +
    `layout of its processor. Use the model as it was before, or optimize it to the level "extended" ` +
    `at most.`,
  'unsupported-operators': (d) =>
    `${d.source}: cannot be differentiated: ` +
    `${listed(d.operators.map((o) => `${o.op} (${o.reason}; ${listed(o.nodes, 3)})`))}.`,
  'unknown-shape': (d) =>
    `${of(d)}${d.node}: its shape cannot be worked out (${d.reason}). Export the model with static shapes.`,
  'shape-mismatch': (d) => `${of(d)}${d.node}: shapes do not fit (${d.reason}).`,
  unusable: (d) => `${d.source}: damaged, or of a kind that cannot be worked with (${d.reason}).`,
  'not-a-classifier': (d) =>
    `${d.source}: not an image classifier: ${listed(d.problems)}. Expected one float32 input [N, C, H, ` +
    `W] and logits [N, classes].`,
  'ambiguous-output': (d) =>
    `${d.source}: several outputs may hold its classes: ${listed(d.outputs)}. Say which of them does.`,
  'bad-weights': (d) =>
    `${d.source}: weights that are not finite numbers in ${listed(d.tensors)}. Train or export the ` +
    `model again.`,
  'bad-notation': (d) =>
    `architecture "${d.notation}": at position ${d.position + 1} expected ${d.expected}. Example: ` +
    `784-C64-C128-F512-10.`,
  'not-finite': (d) =>
    `${d.source}: its ${d.what} are not finite numbers for ${d.count} of ${d.total} images. Such a ` +
    `model cannot be judged: every attack on it would seem to fail.`,
  'bad-value': (d) => `${d.what}: expected ${d.expected}, received ${d.received}.`,
  'unknown-name': (d) =>
    `unknown ${d.what} "${d.name}"${d.nearest ? `; did you mean "${d.nearest}"?` : '.'} Known: ` +
    `${listed(d.known, 30)}.`,
  'data-mismatch': (d) =>
    `${d.what}: expected ${d.expected}, received ${d.received}.${d.hint ? ` ${d.hint}` : ''}`,
  'corrupt-data': (d) => `${d.source}: damaged data (${d.reason}). Fetch or write it again.`,
  'bad-description': (d) =>
    `${d.path}: not a description of a model's input: ${listed(d.problems)}. It may hold layout, ` +
    `channelOrder, range or scale, mean, std, labels and output; without it they are guessed.`,
  'fetch-failed': (d) => `${d.what}: cannot be fetched from ${d.from} (${d.reason}). ${d.hint}`,
  'nothing-to-do': (d) => `${d.what}. ${d.hint}`,
  diverged: (d) => `${d.what}: the loss stopped being a finite number at step ${d.step}. ${d.hint}`,
  collapsed: (d) =>
    `training: at step ${d.step} the network is robust to ${prose.percent(d.single, 0)} of single ` +
    `steps, but only ${prose.percent(d.several, 0)} of attacks of ${d.steps} steps: it has learnt to ` +
    `defeat its adversary alone (catastrophic overfitting). Use pgd, fewer epochs or a smaller ` +
    `learning rate.`,
  interrupted: (d) => `${d.what} interrupted; finished work is kept.${d.resume ? ` ${d.resume}` : ''}`,
  stopped: (d) => `${d.what} stopped; nothing of it was kept.`,
  'package-missing': (d) =>
    `${d.purpose} needs the package ${d.package}, which cannot be loaded (${d.reason}). ` +
    `Install it: npm install ${d.package}.`,
  'worker-ended': (d) =>
    `${d.what}: the process that worked on it ended (${d.reason}); finished work is kept. The same ` +
    `command resumes it; fewer jobs need less memory.`,
  'not-robust': (d) => `the gate is not passed: ${listed(d.models)}. Required: ${listed(d.required)}.`,
  runtime: (d) => `${d.what}: ONNX Runtime refused it (${d.reason}).`,
};

/**
 * A user error, such as a bad option or a damaged file: one clear line, exit code 2, no stack trace. Its data
 * are exact; in its message what comes from files and flags is cleaned and shortened (`shown`).
 */
export class ToolkitError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly data: ErrorData[C];

  constructor(code: C, data: ErrorData[C], options?: ErrorOptions) {
    const worded = wording[code] as (d: ErrorData[C]) => string;
    super(shown(worded(shownData(data, TEXT_LIMITS.detail)), TEXT_LIMITS.line), options);
    this.name = 'ToolkitError';
    this.code = code;
    this.data = data;
  }
}

/** True for an error with this code; narrows its data. */
export function isToolkitError<C extends ErrorCode>(error: unknown, code: C): error is ToolkitError<C> {
  return error instanceof ToolkitError && error.code === code;
}
