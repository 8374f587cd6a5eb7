import { ToolkitError } from '../base/errors.js';
import { assertBounded } from '../onnx/bounds-check.js';
import { decodeModel } from '../onnx/decode.js';
import { encodeModel } from '../onnx/encode.js';
import { type Model, operatorKey, opsetOf } from '../onnx/graph.js';
import { topological } from '../onnx/order.js';
import { upgrade } from '../onnx/upgrade.js';
import { nonFiniteWeights } from '../onnx/weights-check.js';

/** A model with what its file says of itself. */
export interface LoadedModel {
  /** How messages name the file. */
  readonly source: string;
  readonly model: Model;
  /** Operator-set version of the file; the model itself uses the toolkit's. */
  readonly opset: number;
  readonly bytes: number;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
}

/**
 * An ONNX file, decoded and upgraded to the toolkit's operator set, its nodes in order. A model of this
 * program is as if it had been written to a file and read again.
 *
 * @throws ToolkitError `not-onnx`, `corrupt-model`, `external-data`, `old-opset`, `machine-bound`,
 *   `too-large`
 */
export async function loadModelBytes(file: Uint8Array | Model, source = 'model'): Promise<LoadedModel> {
  const bytes = file instanceof Uint8Array ? file : encodeModel(file);
  const decoded = decodeModel(bytes, source);
  assertPortable(decoded, source);
  const upgraded = upgrade(decoded, source);
  const model = { ...upgraded, graph: { ...upgraded.graph, nodes: topological(upgraded.graph, source) } };
  assertBounded(model.graph);
  return { source, model, opset: opsetOf(decoded), bytes: bytes.length, sha256: await digestOf(bytes) };
}

/** The domain of operators that ONNX Runtime's optimizer writes for the processor that it runs on. */
const MACHINE_DOMAIN = 'com.microsoft.nchwc';

/** @throws ToolkitError `machine-bound` for a model that other machines run otherwise, or not at all */
function assertPortable({ graph }: Model, source: string): void {
  const bound = graph.nodes.filter(({ domain }) => domain === MACHINE_DOMAIN).map(operatorKey);
  if (bound.length > 0) throw new ToolkitError('machine-bound', { source, operators: [...new Set(bound)] });
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Refuses a model that computes NaN whatever it is given: it can neither be judged nor changed.
 * @throws ToolkitError `bad-weights`
 */
export function assertFinite(model: Model, source: string): void {
  const tensors = nonFiniteWeights(model);
  if (tensors.length > 0) throw new ToolkitError('bad-weights', { source, tensors });
}
