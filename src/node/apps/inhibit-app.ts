import { ToolkitError } from '../../core/base/errors.js';
import { naming } from '../../core/base/naming.js';
import { effectiveWeights } from '../../core/models/materialize.js';
import { encodeModel } from '../../core/onnx/encode.js';
import type { Model } from '../../core/onnx/graph.js';
import { inhibitLayer, lastFullyConnected, reshapings, weightLayers } from '../../core/reshaping/index.js';
import type { Runtime } from '../../core/runtime/runtime.js';
import { nodeRuntime } from '../runtime.js';
import { assertWritable, writeAtomically } from '../store/files.js';
import { readFiniteModel } from '../subject/load-model.js';
import { assertLoadable } from './loadable.js';

/** What `inhibit` takes; the options of `foolproof inhibit`. */
export interface InhibitOptions {
  /** The path of an ONNX file. */
  readonly model: string;
  /** Inhibition coefficient, in weight units; default: that of the reshaping. */
  readonly tau?: number | undefined;
  /** A layer, or its weight; default: the last fully connected layer. */
  readonly layer?: string | undefined;
  /** Where to write the hardened model. */
  readonly out?: string | undefined;
  /** Default: `nodeRuntime()`. */
  readonly runtime?: Runtime | undefined;
}

/** What `inhibit` results in. */
export interface InhibitOutcome {
  readonly model: Model;
  /** The ONNX file. */
  readonly file: Uint8Array;
  readonly layer: string;
  readonly weight: string;
  readonly tau: number;
  /** Smallest and largest weight of the layer. */
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
}

/**
 * Gradient inhibition of one layer, `w + tau * sign(w)` (Liu et al., Eq. 12):
 * `foolproof inhibit` as a function.
 *
 * @throws ToolkitError as `readModel`; `bad-weights`, `not-a-classifier`, `unknown-name`, `bad-value`,
 *   `runtime` when the engine does not load the result, `file-unwritable`
 */
export const inhibit = (options: InhibitOptions): Promise<InhibitOutcome> =>
  naming(options.model, () => written(options));

async function written(options: InhibitOptions): Promise<InhibitOutcome> {
  const { model: path, layer, out, tau = reshapings.inhibit.parameters.tau.default } = options;
  if (out !== undefined) await assertWritable(out);
  const { model } = await readFiniteModel(path);
  const hardened = inhibitLayer(model, tau, layer);
  const chosen =
    layer === undefined
      ? lastFullyConnected(model)
      : weightLayers(model).find((l) => l.weight === layer || l.label === layer);
  if (!chosen)
    throw new ToolkitError('not-a-classifier', { source: path, problems: ['it has no such layer'] });
  const runtime = options.runtime ?? (await nodeRuntime());
  const { weight, label } = chosen;
  const [before, after] = [await range(model, weight, runtime), await range(hardened, weight, runtime)];
  const file = encodeModel(hardened);
  await assertLoadable(file, runtime, `${path} with an inhibited layer`);
  if (out !== undefined) await writeAtomically(out, file);
  return { model: hardened, file, layer: label, weight, tau, before, after };
}

async function range(model: Model, weight: string, runtime: Runtime): Promise<readonly [number, number]> {
  const values = (await effectiveWeights(model, runtime, [weight])).get(weight)?.data ?? new Float32Array();
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}
