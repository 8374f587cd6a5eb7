import type { Progress } from '../../../core/base/progress.js';
import type { Rate } from '../../../core/base/statistics.js';
import type { Dataset } from '../../../core/data/dataset.js';
import type { Runtime } from '../../../core/runtime/runtime.js';
import { decodeCheckpoint, type HistoryPoint } from '../../../core/training/checkpoint.js';
import { imagesAfter, type TrainingPlan } from '../../../core/training/training-plan.js';
import { datasetDigest } from '../../datasets/split-digest.js';
import type { ArtifactStore } from '../../store/artifact-store.js';
import { DataSource } from '../../work/data-source.js';
import { type Finished, metaOf, readArtifact } from '../../work/executor.js';
import { InProcessExecutor } from '../../work/in-process.js';
import type { ParametersOf } from '../../work/kinds/index.js';
import { CHECKPOINT } from '../../work/kinds/train-step.js';
import { type Plan, stepOf } from '../../work/plan.js';
import { keyContextOf, keyedSteps } from '../../work/step-keys.js';

export interface TrainingOptions {
  readonly runtime: Runtime;
  readonly data: Dataset;
  /** First training images that are used. */
  readonly images: number;
  /** As a notation: what a name stands for is part of what determines a result, the name is not. */
  readonly architecture: string;
  readonly kernel: number;
  /** `none`, `hash:1/64`. */
  readonly compression: string;
  readonly plan: TrainingPlan;
  /** Of the engine; those of the runtime when absent. */
  readonly threads?: number | undefined;
  /** Where finished steps and checkpoints are kept. */
  readonly store: ArtifactStore;
  /** What progress displays call the training. */
  readonly title: string;
  readonly checkpointSeconds: number;
  /** Hears what the store holds of the training before anything is done. */
  readonly onStart: (start: TrainingStart) => void;
  /** Hears of the model when it is complete, before its accuracy is measured. */
  readonly onTrained: (model: Uint8Array) => Promise<void>;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** What is there of a training: nothing, a checkpoint after so many images, or the finished model. */
export type TrainingStart =
  | { readonly found: 'nothing' | 'model' }
  | { readonly found: 'checkpoint'; readonly images: number };

export interface TrainedModel {
  readonly history: readonly HistoryPoint[];
  /** Training images seen, repetitions included. */
  readonly images: number;
  /** Numbers that the file stores, and that the network computes with. */
  readonly parameters: { readonly stored: number; readonly virtual: number };
  /** On all test images. */
  readonly testAccuracy: Rate;
}

const TRAINING = 'training';
const ACCURACY = 'accuracy';

/**
 * A training and the accuracy of its model, as two steps.
 *
 * @throws ToolkitError `interrupted` after the signal, or the reason of the signal; as `fit`
 */
export async function runTraining(options: TrainingOptions): Promise<TrainedModel> {
  const { runtime, data, store, progress, signal, checkpointSeconds } = options;
  const digest = datasetDigest(data);
  const plan = planOf(options, digest);
  options.onStart(await startOf(plan, options));
  const known = new Map([[digest, data]]);
  const executor = new InProcessExecutor({
    ...{ runtime, store, checkpointSeconds },
    data: new DataSource(store, known),
  });
  const finished = new Map<string, Finished>();
  try {
    for await (const step of executor.run(plan, { progress, ...(signal && { signal }) })) {
      finished.set(step.step.id, step);
      if (step.step.id === TRAINING) await options.onTrained(await readArtifact(step, 'model.onnx'));
    }
  } finally {
    await executor.close();
  }
  const [training, accuracy] = [finished.get(TRAINING), finished.get(ACCURACY)];
  if (!training || !accuracy) throw new Error('the training has ended without a result');
  const { history, images, stored, virtual } = metaOf(training, 'train');
  const testAccuracy = metaOf(accuracy, 'accuracy').accuracy;
  return { history, images, parameters: { stored, virtual }, testAccuracy };
}

function planOf(options: TrainingOptions, digest: string): Plan {
  const { data, images, architecture, kernel, compression, plan, threads, title } = options;
  const reference = { name: data.name, digest };
  const parameters: ParametersOf<'train'> = {
    data: reference,
    ...{ images, architecture, kernel, compression, ...plan },
    ...(threads !== undefined && { threads }),
  };
  return {
    schema: 'foolproof.plan/1',
    steps: [
      stepOf('train', { id: TRAINING, title, parameters }),
      stepOf('accuracy', {
        id: ACCURACY,
        title: 'measuring accuracy',
        parameters: { data: reference, images: data.test.count, seed: 0, tau: 0 },
        inputs: { model: { step: TRAINING, artifact: 'model.onnx' } },
      }),
    ],
  };
}

async function startOf(plan: Plan, options: TrainingOptions): Promise<TrainingStart> {
  const { runtime, store, images } = options;
  const [training] = keyedSteps(plan, keyContextOf(runtime));
  if (!training) return { found: 'nothing' };
  const place = store.step('train', training.key);
  const bytes = await place.scratch.read(CHECKPOINT);
  const checkpoint = bytes && decodeCheckpoint(bytes, training.key);
  if (!checkpoint) return { found: (await place.find()) ? 'model' : 'nothing' };
  return { found: 'checkpoint', images: imagesAfter(checkpoint.header.step, images, options.plan) };
}
