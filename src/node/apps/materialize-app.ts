import { naming } from '../../core/base/naming.js';
import { materialize as evaluated } from '../../core/models/materialize.js';
import { encodeModel } from '../../core/onnx/encode.js';
import type { Model } from '../../core/onnx/graph.js';
import { reshapingsOf } from '../../core/reshaping/index.js';
import type { Runtime } from '../../core/runtime/runtime.js';
import { nodeRuntime } from '../runtime.js';
import { assertWritable, writeAtomically } from '../store/files.js';
import { readFiniteModel } from '../subject/load-model.js';
import { assertLoadable } from './loadable.js';

/** What `materialize` takes; the options of `foolproof materialize`. */
export interface MaterializeOptions {
  /** The path of an ONNX file. */
  readonly model: string;
  /** Where to write the model. */
  readonly out?: string | undefined;
  /** Default: `nodeRuntime()`. */
  readonly runtime?: Runtime | undefined;
}

/** What `materialize` results in. */
export interface MaterializeOutcome {
  readonly model: Model;
  /** The ONNX file. */
  readonly file: Uint8Array;
  /** Bytes of the file that was read. */
  readonly bytes: number;
  /** Weights that the file records as reshaped. */
  readonly evaluated: readonly string[];
  /** False for a model that computes no weights. */
  readonly changed: boolean;
}

/**
 * A model with every computed weight (hashed, inhibited) stored as plain numbers:
 * `foolproof materialize` as a function.
 *
 * @throws ToolkitError as `readModel`; `bad-weights`, `file-unwritable`; `runtime` when the engine does not
 *   load the result
 */
export const materialize = (options: MaterializeOptions): Promise<MaterializeOutcome> =>
  naming(options.model, () => written(options));

async function written(options: MaterializeOptions): Promise<MaterializeOutcome> {
  const { model: path, out } = options;
  if (out !== undefined) await assertWritable(out);
  const { model, bytes } = await readFiniteModel(path);
  const runtime = options.runtime ?? (await nodeRuntime());
  const dense = await evaluated(model, runtime);
  const file = encodeModel(dense);
  await assertLoadable(file, runtime, `${path} with evaluated weights`);
  if (out !== undefined) await writeAtomically(out, file);
  const names = Object.keys(reshapingsOf(model));
  return { model: dense, file, bytes, evaluated: names, changed: dense !== model };
}
