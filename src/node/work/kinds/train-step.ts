import { z } from 'zod';
import { trainedOn } from '../../../core/formats/format-metadata.js';
import { parseArchitecture } from '../../../core/models/architectures.js';
import { buildModel } from '../../../core/models/build-model.js';
import { foldBatchNorm } from '../../../core/models/fold-batch-norm.js';
import { countParameters } from '../../../core/models/model-summary.js';
import { encodeModel } from '../../../core/onnx/encode.js';
import { finished, parseReshaping, reshapeAll } from '../../../core/reshaping/index.js';
import type { CheckpointStore } from '../../../core/training/checkpoint.js';
import { fit } from '../../../core/training/fit.js';
import { type OptimizerName, optimizers } from '../../../core/training/optimizers.js';
import { type ScheduleName, schedules } from '../../../core/training/schedules.js';
import { imagesInAll, phases, type TrainingPlan } from '../../../core/training/training-plan.js';
import { dataReferenceSchema } from '../data-reference.js';
import { type StepContext, stepKind } from '../step-kind.js';
import { trainedSchema } from './result-schemas.js';
import { MODEL } from './step-parts.js';

const parameters = z.strictObject({
  data: dataReferenceSchema,
  images: z.int().positive().describe('first images of the training set that are used'),
  architecture: z.string().describe('a notation: names may change their meaning'),
  kernel: z.int().positive(),
  compression: z.string(),
  epochs: z.int().positive(),
  batchSize: z.int().positive(),
  optimizer: z.enum(Object.keys(optimizers) as OptimizerName[]),
  learningRate: z.number().positive(),
  schedule: z.enum(Object.keys(schedules) as ScheduleName[]),
  seed: z.int().nonnegative(),
  weightDecay: z.number().optional().describe('of weights, decoupled; none when absent'),
  augmentation: z.string().optional().describe('such as shift:2; none when absent'),
  adversary: z.string().optional().describe('such as pgd:0.3; none when absent'),
  distillation: z.number().optional().describe('temperature; none when absent'),
  threads: z.int().positive().optional().describe('of the engine; those of the executor when absent'),
});

type Parameters = z.infer<typeof parameters>;

export const CHECKPOINT = 'checkpoint.npz';

const title = ({ compression }: Parameters) =>
  `train ${compression === 'none' ? 'uncompressed' : compression}`;

/**
 * Trains one model from scratch; its artifact is the model in compact form, batch normalization folded away.
 */
export const train = stepKind({
  name: 'train',
  version: 3,
  parameters,
  inputs: () => ({}),
  artifacts: [MODEL],
  output: trainedSchema,
  // Forward, input gradient and weight gradient are about a forward pass each, plus what
  // is not a matrix product.
  cost: (p) => p.images * p.epochs * 4 * phases(trainingPlanOf(p)),
  threads: (p) => p.threads ?? null,
  title,
  async run(p, context) {
    const dataset = await context.dataset(p.data);
    const split = dataset.train.slice(0, p.images);
    const fresh = buildModel(parseArchitecture(p.architecture, p.kernel), { seed: p.seed });
    const model = reshapeAll(fresh, parseReshaping(p.compression), p.seed);
    const plan = trainingPlanOf(p);
    const { progress } = context;
    progress.begin(title(p), imagesInAll(plan, split.count), 'images');
    const kind = plan.adversary === undefined ? '' : 'adversarial ';
    const result = await fit(model, split, {
      runtime: context.runtime,
      plan,
      checkpoint: {
        store: checkpointIn(context),
        key: context.key,
        everySeconds: context.checkpointSeconds,
      },
      onProgress: ({ images, loss, accuracy }) =>
        progress.advance(images, `${kind}loss ${loss.toFixed(3)}  accuracy ${(100 * accuracy).toFixed(1)} %`),
      ...(p.threads && { threads: p.threads }),
      ...(context.signal && { signal: context.signal }),
    });
    const trained = trainedOn(finished(foldBatchNorm(result.model)), dataset);
    const file = encodeModel(trained);
    const { total } = countParameters(trained);
    const last = result.history.at(-1);
    progress.end(
      `loss ${last?.loss.toFixed(4)}, training accuracy ${(100 * (last?.accuracy ?? 0)).toFixed(2)} %`,
    );
    return {
      artifacts: new Map([[MODEL, file]]),
      meta: {
        bytes: file.length,
        images: result.images,
        history: result.history.map((point) => ({ ...point })),
        stored: total.stored,
        virtual: total.virtual,
      },
    };
  },
});

/** The part of the parameters that `fit` wants. */
export function trainingPlanOf(p: Parameters): TrainingPlan {
  const { epochs, batchSize, optimizer, learningRate, schedule, seed } = p;
  return {
    ...{ epochs, batchSize, optimizer, learningRate, schedule, seed },
    ...(p.weightDecay !== undefined && { weightDecay: p.weightDecay }),
    ...(p.augmentation !== undefined && { augmentation: p.augmentation }),
    ...(p.adversary !== undefined && { adversary: p.adversary }),
    ...(p.distillation !== undefined && { distillation: p.distillation }),
  };
}

const checkpointIn = ({ scratch, kept }: Pick<StepContext, 'scratch' | 'kept'>): CheckpointStore => ({
  load: () => scratch.read(CHECKPOINT),
  save: async (bytes) => {
    await scratch.write(CHECKPOINT, bytes);
    await kept();
  },
  clear: () => scratch.remove(CHECKPOINT),
});
