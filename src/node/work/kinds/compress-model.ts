import { ToolkitError } from '../../../core/base/errors.js';
import type { Dataset } from '../../../core/data/dataset.js';
import { type ModelFormat, withFormat } from '../../../core/formats/prepare-model.js';
import { foldBatchNorm } from '../../../core/models/fold-batch-norm.js';
import { foldWeights } from '../../../core/models/fold-weights.js';
import { differentiable } from '../../../core/models/guide-graph.js';
import { materialize } from '../../../core/models/materialize.js';
import type { Model } from '../../../core/onnx/graph.js';
import { inferShapes } from '../../../core/onnx/infer.js';
import {
  type ActivationChoice,
  calibrate,
  calibrations,
  placementOf,
  quantizeStatically,
} from '../../../core/quantization/index.js';
import { weightLayers } from '../../../core/reshaping/index.js';
import { foldConstants } from '../../../core/runtime/fold-constants.js';
import type { Runtime } from '../../../core/runtime/runtime.js';

/**
 * The model that is compressed: what it computes of constants as plain numbers, batch normalization folded
 * away where it can be.
 *
 * @throws ToolkitError `bad-value` for a model that cannot be compressed, with the reason
 */
export async function compressible(model: Model, source: string, runtime: Runtime): Promise<Model> {
  const refuse = (received: string) => {
    throw new ToolkitError('bad-value', {
      what: source,
      expected: 'a model of single-precision layers',
      received,
    });
  };
  if (differentiable(model, source).quantizers > 0) refuse('one whose values are quantized already');
  const layers = weightLayers(model);
  if (layers.length === 0) refuse('one without convolutions or products with stored weights');
  const types = inferShapes(model.graph);
  for (const { label, weight } of layers) {
    const { dtype } = types.type(weight) ?? {};
    if (dtype !== 'float32') refuse(`weight ${weight} of ${label} of type ${dtype ?? 'unknown'}`);
  }
  const plain = await foldConstants(await materialize(model, runtime), runtime, { source });
  return foldBatchNorm(plain, { partly: true });
}

/** How values between layers are rounded, and what is looked at for it. */
export interface Calibrated {
  readonly activations: ActivationChoice;
  readonly format: ModelFormat;
  readonly data: Dataset;
  readonly runtime: Runtime;
  /** Positions in the training set of the images that ranges are taken from. */
  readonly images: Uint32Array;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of images that were looked at. */
  readonly onImages: (count: number) => void;
}

/** Images of a run of the engine; all values between layers are kept at once. */
const BATCH = 25;

/**
 * The model with its activations quantized statically, with ranges that the model shows on images.
 * @throws ToolkitError as `calibrate`
 */
export async function quantizedStatically(model: Model, options: Calibrated): Promise<Model> {
  const { activations, format, data, runtime, images, signal, onImages } = options;
  const { calibration, type, percentile } = activations.parameters;
  const placement = placementOf(model);
  const folded = await foldWeights({ model: withFormat(model, format, data.dims, 'model') }, runtime);
  // What a softmax gives lies in [0, 1]; it is no part of the graph that gives logits.
  const isKnown = (name: string) => placement.bounds.get(name)?.every(Number.isFinite) === true;
  const wanted = placement.own.filter((name) => !(isKnown(name) && isSoftmax(model, name)));
  let seen = 0;
  const ranges = await calibrate(folded.model, wanted, {
    runtime,
    calibration: calibrations[calibration as keyof typeof calibrations],
    percentile: Number(percentile),
    signal,
    *batches() {
      for (let start = 0; start < images.length; start += BATCH) {
        yield data.train.batch(images.subarray(start, start + BATCH)).images;
      }
    },
    onBatch: (count) => {
      seen += count;
      onImages(seen);
    },
  });
  return quantizeStatically(model, ranges, type === 'int8' ? 'int8' : 'uint8', placement);
}

const isSoftmax = ({ graph }: Model, name: string): boolean =>
  graph.nodes.some(({ op, outputs }) => op === 'Softmax' && outputs.includes(name));
