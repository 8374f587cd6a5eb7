import { z } from 'zod';
import { ToolkitError } from '../../../core/base/errors.js';
import { stream } from '../../../core/base/random.js';
import type { Dataset } from '../../../core/data/dataset.js';
import { freeBatch } from '../../../core/models/free-batch.js';
import { loadModelBytes } from '../../../core/models/model-file.js';
import { countParameters } from '../../../core/models/model-summary.js';
import { encodeModel } from '../../../core/onnx/encode.js';
import type { Model } from '../../../core/onnx/graph.js';
import { modelSize, parseActivations, quantizeDynamically } from '../../../core/quantization/index.js';
import { compressionStages, finished, parseCompression } from '../../../core/reshaping/index.js';
import { dataReferenceSchema } from '../data-reference.js';
import { type StepContext, stepKind } from '../step-kind.js';
import { modelFormatOf, modelFormatSchema } from './audited-model.js';
import { compressible, quantizedStatically } from './compress-model.js';
import { compressed } from './compress-stages.js';
import { compressedSchema } from './result-schemas.js';
import { MODEL } from './step-parts.js';
import { planSchema, trainingPlanOf } from './train-step.js';

const parameters = z.strictObject({
  data: dataReferenceSchema,
  model: modelFormatSchema,
  images: z.int().nonnegative().describe('first images of the training set that are used'),
  compression: z.string().describe('such as prune:0.8+quantize:int8'),
  activations: z.string().describe('such as static:minmax, or none'),
  seed: z.int().nonnegative().describe('of the choice of calibration images'),
  training: planSchema.optional().describe('fine-tuning; none when absent'),
  threads: z.int().positive().optional().describe('of the engine; those of the executor when absent'),
});

export type CompressParameters = z.infer<typeof parameters>;

/** Where a model's metadata says how it was compressed, as it was asked for. */
export const COMPRESSION_KEY = 'foolproof.compression';

const title = ({ compression }: CompressParameters) => `compress: ${compression}`;

/**
 * Compresses a model: weights are reshaped, fine-tuned through it where that is asked for, and stored in
 * their final form; then values between layers are rounded. Training images alone are looked at.
 */
export const compress = stepKind({
  name: 'compress',
  version: 1,
  parameters,
  inputs: () => ({ model: MODEL }),
  artifacts: [MODEL],
  output: compressedSchema,
  cost: (p) =>
    1000 +
    p.images * 4 * (p.training?.epochs ?? 0) * compressionStages(parseCompression(p.compression)).length,
  threads: (p) => p.threads ?? null,
  title,
  async run(p, context) {
    const { runtime } = context;
    const data = await context.dataset(p.data);
    const { model } = await loadModelBytes(await context.input('model'), 'model');
    const plain = await compressible(model, 'the model', runtime);
    const before = { ...(await modelSize(plain, runtime)), parameters: countParameters(plain).total };
    const { tuned, history, images } = await compressed(
      plain,
      {
        ...{ compression: p.compression, seed: p.seed, data, images: p.images, threads: p.threads },
        format: modelFormatOf(p.model),
        plan: p.training && trainingPlanOf(p.training),
      },
      context,
    );
    const weights = finished(tuned);
    const after = { ...(await modelSize(weights, runtime)), parameters: countParameters(weights).total };
    const rounded = await roundedBy(weights, p, data, context);
    const named = {
      ...rounded,
      metadata: new Map(rounded.metadata).set(COMPRESSION_KEY, textOf(p)),
    };
    const file = encodeModel(named);
    return {
      artifacts: new Map([[MODEL, file]]),
      meta: { bytes: file.length, images, history: history.map((point) => ({ ...point })), before, after },
    };
  },
});

const textOf = ({ compression, activations }: CompressParameters): string =>
  activations === 'none' ? compression : `${compression}; activations ${activations}`;

async function roundedBy(
  model: Model,
  p: CompressParameters,
  data: Dataset,
  context: StepContext,
): Promise<Model> {
  const activations = parseActivations(p.activations);
  if (activations.name === 'none') return model;
  // The range of a batch is part of what is computed: a batch of one fixed size cannot be cut from others.
  if (activations.name === 'dynamic') return quantizeDynamically(freeBatch(model).model);
  const split = Math.min(p.images, data.train.count);
  if (split === 0) {
    throw new ToolkitError('nothing-to-do', {
      what: 'There are no training images to calibrate on',
      hint: 'Choose data with a training part.',
    });
  }
  const wanted = Math.min(split, Number(activations.parameters.images ?? 0));
  const images = stream(p.seed, 'calibration').sample(split, wanted);
  const { progress, runtime, signal } = context;
  progress.begin(`calibrating: ${activations.text}`, wanted, 'images');
  const rounded = await quantizedStatically(model, {
    ...{ activations, format: modelFormatOf(p.model), data, runtime, images, signal },
    onImages: (count) => progress.advance(Math.min(count, wanted)),
  });
  progress.end();
  return rounded;
}
