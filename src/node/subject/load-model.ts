import { naming } from '../../core/base/naming.js';
import { assertFinite, type LoadedModel, loadModelBytes } from '../../core/models/model-file.js';
import type { Model } from '../../core/onnx/graph.js';
import { readFileBytes } from '../store/files.js';
import { filesBeside } from './external-files.js';

/**
 * Reads an ONNX file: decoded, upgraded to the toolkit's operator set, its nodes in order. Weights in other
 * files are read from beside it.
 *
 * @throws ToolkitError `file-missing`, `file-unreadable`, `file-too-large`, `not-onnx`, `corrupt-model`,
 * `external-data`, `old-opset`, `unusable`
 */
export const readModel = async (path: string): Promise<LoadedModel> =>
  naming(path, async () => {
    const bytes = await readFileBytes(path, 'an ONNX model');
    return loadModelBytes(bytes, path, { externalData: filesBeside(path) });
  });

/** The model of an ONNX file; see `readModel`. */
export const loadModel = async (path: string): Promise<Model> => (await readModel(path)).model;

/**
 * Reads a model that is to be changed or written again.
 * @throws ToolkitError as `readModel`, and `bad-weights` for weights that are no finite numbers
 */
export async function readFiniteModel(path: string): Promise<LoadedModel> {
  const loaded = await readModel(path);
  assertFinite(loaded.model, path);
  return loaded;
}
