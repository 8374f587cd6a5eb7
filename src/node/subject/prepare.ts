import { naming } from '../../core/base/naming.js';
import type { Dataset } from '../../core/data/dataset.js';
import { statedBy } from '../../core/formats/format-description.js';
import { type PrepareModelOptions, prepareModel } from '../../core/formats/prepare-model.js';
import type { LoadedModel } from '../../core/models/model-file.js';
import type { ModelUnderTest } from '../../core/models/model-under-test.js';
import type { Runtime } from '../../core/runtime/runtime.js';
import { nodeRuntime } from '../runtime.js';
import { readModel } from './load-model.js';
import { readSidecar } from './sidecar.js';

/** How `prepare` brings a model file and its data together. */
export interface PrepareOptions extends Omit<PrepareModelOptions, 'runtime' | 'source'> {
  /** Default: `nodeRuntime()`. */
  readonly runtime?: Runtime | undefined;
}

/**
 * Brings a model file and its data together; the only place where that is done. Its input format and class
 * order are those that `options.stated` says, else those of the file beside the model (`model.onnx.json`),
 * else those of its metadata, else what its accuracy on the test images tells.
 *
 * @param file the path of an ONNX classifier, or what was read from it
 * @param data images as they are; see `loadDataFor` for loading them in the size that the model takes
 * @returns to be released when it is no longer needed
 * @throws ToolkitError as `readModel` and `prepareModel`; `bad-description` for a wrong file beside the model
 */
export async function prepare(
  file: string | LoadedModel,
  data: Dataset,
  options: PrepareOptions = {},
): Promise<ModelUnderTest> {
  const loaded = typeof file === 'string' ? await readModel(file) : file;
  const found = await readSidecar(loaded.source);
  const stated = { ...(found && statedBy(found.sidecar, 'sidecar')), ...options.stated };
  const runtime = options.runtime ?? (await nodeRuntime());
  return naming(
    loaded.source,
    () => prepareModel(loaded, data, { ...options, runtime, stated }),
    options.signal,
  );
}
