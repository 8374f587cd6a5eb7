import { ToolkitError } from '../../core/base/errors.js';
import { Classifier, type ClassifierOptions } from '../../core/models/classifier.js';
import { decodeModel } from '../../core/onnx/decode.js';
import { type Model, opsetOf } from '../../core/onnx/graph.js';
import { topological } from '../../core/onnx/order.js';
import { upgrade } from '../../core/onnx/upgrade.js';
import { nonFiniteWeights } from '../../core/onnx/weights-check.js';
import { readFileBytes } from '../store/files.js';
import { sha256 } from '../store/keys.js';

/** A model with what its file says of itself. */
export interface LoadedModel {
  readonly model: Model;
  /** Operator-set version of the file; the model itself uses the toolkit's. */
  readonly opset: number;
  readonly bytes: number;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Reads an ONNX file: decoded, upgraded to the toolkit's operator set, its nodes in order.
 *
 * @throws ToolkitError `file-missing`, `file-unreadable`, `file-too-large`, `not-onnx`, `corrupt-model`, `external-data`,
 * `old-opset`
 */
export async function readModel(path: string): Promise<LoadedModel> {
  const bytes = await readFileBytes(path, 'an ONNX model');
  const decoded = decodeModel(bytes, path);
  const upgraded = upgrade(decoded, path);
  const model = { ...upgraded, graph: { ...upgraded.graph, nodes: topological(upgraded.graph, path) } };
  return { model, opset: opsetOf(decoded), bytes: bytes.length, sha256: sha256(bytes) };
}

/** The model of an ONNX file; see `readModel`. */
export const loadModel = async (path: string): Promise<Model> => (await readModel(path)).model;

/**
 * Refuses a model that computes NaN whatever it is given: it can neither be judged nor mended.
 * @throws ToolkitError `bad-weights`
 */
export function assertFinite(model: Model, source: string): void {
  const tensors = nonFiniteWeights(model);
  if (tensors.length > 0) throw new ToolkitError('bad-weights', { source, tensors });
}

export interface LoadedClassifier extends LoadedModel {
  readonly classifier: Classifier;
}

/**
 * Reads an image classifier and checks that it can be judged: one image in, logits out, every weight a finite number.
 *
 * @throws ToolkitError as `readModel`, and `not-a-classifier`, `bad-weights`
 */
export async function readClassifier(path: string, options: ClassifierOptions): Promise<LoadedClassifier> {
  const loaded = await readModel(path);
  const classifier = new Classifier(loaded.model, { source: path, ...options });
  assertFinite(loaded.model, path);
  return { ...loaded, classifier };
}

/** The classifier of an ONNX file; see `readClassifier`. */
export const loadClassifier = async (path: string, options: ClassifierOptions): Promise<Classifier> =>
  (await readClassifier(path, options)).classifier;
