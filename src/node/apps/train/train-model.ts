import type { Progress } from '../../../core/base/progress.js';
import type { Rate } from '../../../core/base/statistics.js';
import type { Dataset } from '../../../core/data/dataset.js';
import { parseArchitecture } from '../../../core/models/architectures.js';
import type { Runtime } from '../../../core/runtime/runtime.js';
import { decodeCheckpoint, type HistoryPoint } from '../../../core/training/checkpoint.js';
import { imagesAfter, type TrainingPlan } from '../../../core/training/training-plan.js';
import { datasetDigest } from '../../datasets/split-digest.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { DataSource } from '../../work/data-source.js';
import { type Finished, metaOf, readArtifact } from '../../work/executor.js';
import { InProcessExecutor } from '../../work/in-process.js';
import type { ParametersOf } from '../../work/kinds/index.js';
import { CHECKPOINT } from '../../work/kinds/train-step.js';
import { type Plan, stepOf } from '../../work/plan.js';
import { keyContextOf, keyedSteps } from '../../work/step-keys.js';

export interface TrainModelOptions {
  readonly runtime: Runtime;
  readonly data: Dataset;
  /** First training images that are used; default: all. */
  readonly images?: number;
  /** A notation such as `784-C64-C128-F512-10`, or the name of an architecture. */
  readonly architecture: string;
  /** Size of convolutions that name none, odd. */
  readonly kernel: number;
  /** Such as `hash:1/64`; default: none. */
  readonly compression?: string;
  readonly plan: TrainingPlan;
  /** Of the engine; they are part of what determines the model. Default: those of the runtime. */
  readonly threads?: number;
  /** Where checkpoints are kept, so that the same training is resumed there. */
  readonly directory: RunDirectory;
  /** What progress displays call the training. */
  readonly title?: string;
  readonly checkpointSeconds?: number;
  /** Hears what the directory holds before anything is done. */
  readonly onStart?: (start: TrainingStart) => void;
  /** Hears of the model when it is complete, before its accuracy is measured. */
  readonly onTrained?: (model: Uint8Array) => Promise<void>;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** What a training begins with: nothing, its own unfinished work, or that of another training. */
export type TrainingStart =
  | { readonly found: 'nothing' | 'another training' }
  | { readonly found: 'checkpoint'; readonly images: number };

export interface TrainedModel {
  /** The ONNX file. */
  readonly model: Uint8Array;
  readonly history: readonly HistoryPoint[];
  /** Training images seen, repetitions included. */
  readonly images: number;
  /** Numbers that the file stores, and that the network computes with. */
  readonly parameters: { readonly stored: number; readonly virtual: number };
  /** On all test images. */
  readonly testAccuracy: Rate;
}

/**
 * Trains a classifier and measures its accuracy. Stopped at any point, the same call resumes and gives the same model to the
 * last bit.
 *
 * @throws ToolkitError `interrupted` after the signal, `diverged`, `collapsed`; `bad-notation`, `bad-value` and `unknown-name` for
 *   what cannot be trained
 */
export async function trainModel(options: TrainModelOptions): Promise<TrainedModel> {
  const { runtime, data, directory: store, progress, signal, checkpointSeconds } = options;
  const digest = datasetDigest(data);
  const plan = planOf(options, digest);
  options.onStart?.(await startOf(plan, options));
  const executor = new InProcessExecutor({
    runtime,
    store,
    data: new DataSource(store, new Map([[digest, data]])),
    ...(checkpointSeconds !== undefined && { checkpointSeconds }),
  });
  const finished = new Map<string, Finished>();
  let model = new Uint8Array();
  try {
    const running = executor.run(plan, { ...(progress && { progress }), ...(signal && { signal }) });
    for await (const step of running) {
      finished.set(step.step.id, step);
      if (step.step.kind !== 'train') continue;
      model = new Uint8Array(await readArtifact(step, 'model.onnx'));
      await options.onTrained?.(model);
    }
  } finally {
    await executor.close();
  }
  const [training, accuracy] = [finished.get(TRAINING), finished.get(ACCURACY)];
  if (!training || !accuracy) throw new Error('the training has ended without a result');
  const { history, images, stored, virtual } = metaOf(training, 'train');
  const testAccuracy = metaOf(accuracy, 'accuracy').accuracy;
  return { model, history, images, parameters: { stored, virtual }, testAccuracy };
}

const TRAINING = 'training';
const ACCURACY = 'accuracy';

function planOf(options: TrainModelOptions, digest: string): Plan {
  const { data, kernel, compression = 'none', plan, threads, title } = options;
  const reference = { name: data.name, digest };
  // What a name stands for is part of what determines a result, the name is not.
  const architecture = parseArchitecture(options.architecture, kernel).notation;
  const parameters: ParametersOf<'train'> = {
    data: reference,
    images: options.images ?? data.train.count,
    ...{ architecture, kernel, compression, ...plan },
    ...(threads !== undefined && { threads }),
  };
  return {
    schema: 'foolproof.plan/1',
    steps: [
      stepOf('train', { id: TRAINING, parameters, ...(title !== undefined && { title }) }),
      stepOf('accuracy', {
        id: ACCURACY,
        title: 'measuring accuracy',
        parameters: { data: reference, images: data.test.count, seed: 0, tau: 0 },
        inputs: { model: { step: TRAINING, artifact: 'model.onnx' } },
      }),
    ],
  };
}

async function startOf(plan: Plan, options: TrainModelOptions): Promise<TrainingStart> {
  const { runtime, directory, data } = options;
  const [training] = keyedSteps(plan, keyContextOf(runtime));
  if (!training) return { found: 'nothing' };
  const place = directory.step('train', training.key);
  const bytes = await place.scratch.read(CHECKPOINT);
  const checkpoint = bytes && decodeCheckpoint(bytes, training.key);
  if (!checkpoint) {
    const isOwn = (await place.find()) !== undefined || (await directory.isEmpty());
    return { found: isOwn ? 'nothing' : 'another training' };
  }
  const images = imagesAfter(checkpoint.header.step, options.images ?? data.train.count, options.plan);
  return { found: 'checkpoint', images };
}
