import { ToolkitError } from '../base/errors.js';
import { assertBounded, assertExpandable } from '../onnx/bounds-check.js';
import { decodeMessage, parseModel } from '../onnx/decode.js';
import { encodeMessage, encodeModel } from '../onnx/encode.js';
import { type ExternalData, embedExternalData } from '../onnx/external-data.js';
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
  /** Of the model as one file. */
  readonly bytes: number;
  /**
   * SHA-256 of the model as one file, in hexadecimal: of the file itself, or, where it has weights in others,
   * of the file that holds them too. Where the files lie and what they are called makes no difference.
   */
  readonly sha256: string;
  /** Names of the other files that weights were read from, as the model has them. */
  readonly external: readonly string[];
}

/** How the bytes of a model become a model. */
export interface LoadModelOptions {
  /** Files of weights, for a model that has them outside. */
  readonly externalData?: ExternalData | undefined;
}

/**
 * An ONNX file, decoded and upgraded to the toolkit's operator set, its nodes in order. A model of this
 * program is as if it had been written to a file and read again. Weights in other files become part of it.
 *
 * @param source how messages name the file
 * @throws ToolkitError `not-onnx`, `corrupt-model`, `external-data`, `file-too-large`, `old-opset`,
 *   `machine-bound`, `too-large`
 */
export async function loadModelBytes(
  file: Uint8Array | Model,
  source = 'model',
  { externalData }: LoadModelOptions = {},
): Promise<LoadedModel> {
  const own = file instanceof Uint8Array ? file : encodeModel(file);
  const proto = parseModel(own, source);
  const external = await embedExternalData(proto, { source, bytes: own.length, files: externalData });
  const bytes = external.length > 0 ? encodeMessage(proto) : own;
  const decoded = decodeMessage(proto, source);
  assertPortable(decoded, source);
  assertExpandable(decoded, source);
  const upgraded = upgrade(decoded, source);
  const model = { ...upgraded, graph: { ...upgraded.graph, nodes: topological(upgraded.graph, source) } };
  assertBounded(model.graph);
  const sha256 = await digestOf(bytes);
  return { source, model, opset: opsetOf(decoded), bytes: bytes.length, sha256, external };
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
