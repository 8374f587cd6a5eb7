import { z } from 'zod';
import { parseArchitecture } from '../../../core/models/architectures.js';
import { buildModel } from '../../../core/models/build-model.js';
import { foldBatchNorm } from '../../../core/models/fold-batch-norm.js';
import { countParameters } from '../../../core/models/model-summary.js';
import { encodeModel } from '../../../core/onnx/encode.js';
import { parseReshaping, reshapeAll } from '../../../core/reshaping/index.js';
import type { CheckpointStore } from '../../../core/training/checkpoint.js';
import { fit } from '../../../core/training/fit.js';
import type { OptimizerName } from '../../../core/training/optimizers.js';
import type { ScheduleName } from '../../../core/training/schedules.js';
import { resultsSchema } from '../../apps/study/study-schema.js';
import { contentKey } from '../../store/keys.js';
import type { StepContext, StepKind } from '../step.js';

export type TrainParameters = {
  readonly dataset: string;
  /** First images of the training set that are used. */
  readonly images: number;
  readonly architecture: string;
  readonly kernel: number;
  readonly compression: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  readonly seed: number;
  /** Of weights, decoupled; none when absent. */
  readonly weightDecay?: number;
  /** Such as `shift:2`; none when absent. */
  readonly augmentation?: string;
};

const CHECKPOINT = 'checkpoint.npz';

const { training, bytes } = resultsSchema.shape.models.element.shape;
const output = z.object({
  bytes,
  images: training.shape.images,
  history: training.shape.history,
  stored: z.int().positive(),
  virtual: z.int().positive(),
});

/** Trains one model from scratch; artifact `model.onnx` in compact form, batch normalization folded away. */
export const train: StepKind<TrainParameters, z.infer<typeof output>> = {
  name: 'train',
  version: 2,
  output,
  // Forward, input gradient and weight gradient are about a forward pass each, plus what is not a matrix product.
  cost: (p) => p.images * p.epochs * 4,
  label: (p) => `train ${p.compression === 'none' ? 'uncompressed' : p.compression}`,
  async run(p, _inputs, context) {
    const dataset = await context.dataset(p.dataset);
    const split = dataset.train.slice(0, p.images);
    const fresh = buildModel(parseArchitecture(p.architecture, p.kernel), { seed: p.seed });
    const model = reshapeAll(fresh, parseReshaping(p.compression), p.seed);
    const { progress } = context;
    progress.begin(train.label(p), split.count * p.epochs, 'images');
    const result = await fit(model, split, {
      runtime: context.runtime,
      plan: p,
      // The scratch folder belongs to this step's key, which covers everything else.
      checkpoint: { store: checkpointIn(context), key: contentKey(p), everySeconds: 15 },
      onProgress: ({ images, loss, accuracy }) =>
        progress.advance(images, `loss ${loss.toFixed(3)}  accuracy ${(100 * accuracy).toFixed(1)} %`),
      ...(context.signal && { signal: context.signal }),
    });
    const trained = foldBatchNorm(result.model);
    const file = encodeModel(trained);
    const { total } = countParameters(trained);
    const last = result.history.at(-1);
    progress.end(
      `loss ${last?.loss.toFixed(4)}, training accuracy ${(100 * (last?.accuracy ?? 0)).toFixed(2)} %`,
    );
    return {
      artifacts: new Map([['model.onnx', file]]),
      meta: {
        bytes: file.length,
        images: result.images,
        history: result.history.map((point) => ({ ...point })),
        stored: total.stored,
        virtual: total.virtual,
      },
    };
  },
};

const checkpointIn = ({ scratch: folder, kept }: Pick<StepContext, 'scratch' | 'kept'>): CheckpointStore => ({
  load: async () => ((await folder.has(CHECKPOINT)) ? folder.read(CHECKPOINT) : undefined),
  save: async (bytes) => {
    await folder.write(CHECKPOINT, bytes);
    await kept();
  },
  clear: () => folder.remove(CHECKPOINT),
});
