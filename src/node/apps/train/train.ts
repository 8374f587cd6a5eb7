import { isToolkitError, ToolkitError } from '../../../core/base/errors.js';
import { silent } from '../../../core/base/progress.js';
import type { Dataset, Split } from '../../../core/data/dataset.js';
import { measureAccuracy } from '../../../core/evaluation/accuracy.js';
import { describedBy } from '../../../core/formats/format-metadata.js';
import { buildModel } from '../../../core/models/build-model.js';
import { Classifier } from '../../../core/models/classifier.js';
import { foldBatchNorm } from '../../../core/models/fold-batch-norm.js';
import { countParameters } from '../../../core/models/model-summary.js';
import { encodeModel } from '../../../core/onnx/encode.js';
import type { Model } from '../../../core/onnx/graph.js';
import { reshapeAll } from '../../../core/reshaping/index.js';
import type { Runtime } from '../../../core/runtime/runtime.js';
import { type FitResult, fit } from '../../../core/training/fit.js';
import { imagesInAll, type TrainingPlan } from '../../../core/training/training-plan.js';
import { splitDigest } from '../../datasets/split-digest.js';
import { nodeRuntime } from '../../runtime.js';
import { assertWritable, writeAtomically } from '../../store/files.js';
import { contentKey } from '../../store/keys.js';
import { assertFits, loadDataOf } from '../../subject/load-data.js';
import { dataOf } from '../app-options.js';
import { versions } from '../versions.js';
import { checkpointFile, checkpointSteps } from './checkpoint-file.js';
import { firstImages, modelChoice, planOf, type TrainOptions, trainDefaults } from './train-options.js';
import type { TrainReport } from './train-report.js';

export interface TrainOutcome {
  /** Batch normalization folded away; says in its metadata what it takes. */
  readonly model: Model;
  /** The ONNX file. */
  readonly file: Uint8Array;
  /** JSON throughout; see docs/cli.md. */
  readonly report: TrainReport;
  /** Images seen, repetitions included. */
  readonly images: number;
  readonly seconds: number;
}

/**
 * Trains a classifier from scratch, compressed or not, and measures its accuracy: `foolproof train` as a function. With `out`, the
 * model is written there, and an interrupted training resumes from the checkpoint beside it.
 *
 * @throws ToolkitError `bad-notation`, `bad-value`, `unknown-name`; `data-mismatch` for data of other images or classes;
 *   `interrupted` after the signal, without `out` `stopped`; `file-unwritable`, `diverged`, `collapsed`
 */
export async function train(options: TrainOptions): Promise<TrainOutcome> {
  const choice = modelChoice(options);
  const plan = planOf(options);
  const { out, threads, signal, progress = silent } = options;
  if (out !== undefined) await assertWritable(out);
  const runtime = options.runtime ?? (await nodeRuntime());
  const data = await loaded(options, choice.architecture, choice.arch);
  const split = firstImages(data.train, options.trainImages);

  const started = performance.now();
  const result = await fitted({ ...options, runtime }, choice, plan, split);
  // Trained on images [N, C, H, W] in [0, 1], its classes in the order of the data.
  const model = describedBy(foldBatchNorm(result.model), {
    ...{ layout: 'NCHW', range: [0, 1], labels: [...data.classNames] },
    ...(data.dims[0] === 3 && { channelOrder: 'RGB' }),
  });
  const file = encodeModel(model);
  if (out !== undefined) {
    await writeAtomically(out, file);
    await checkpointFile(checkpointPath(out)).clear();
  }

  const classifier = new Classifier(model, { runtime, threads, source: out });
  try {
    const testAccuracy = await measureAccuracy(classifier, data.test, { progress, signal });
    const report: TrainReport = {
      schema: 'foolproof.train/1',
      versions: versions(runtime),
      model: { path: out ?? null, bytes: file.length },
      architecture: choice.arch,
      kernel: choice.kernel,
      compression: choice.compression.text,
      parameters: countParameters(model).total,
      dataset: {
        name: data.name,
        source: data.source,
        trainImages: split.count,
        testImages: data.test.count,
      },
      plan,
      history: [...result.history],
      testAccuracy,
    };
    return { model, file, report, images: result.images, seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
    if (out === undefined) throw new ToolkitError('stopped', { what: 'training' }, { cause: error });
    const resume = `${out} is complete; only its accuracy was not measured.`;
    throw new ToolkitError('interrupted', { what: 'measuring', resume }, { cause: error });
  } finally {
    progress.end('stopped');
    await classifier.release();
  }
}

/** Data that the architecture takes. */
async function loaded(
  options: TrainOptions,
  { input, classes }: ReturnType<typeof modelChoice>['architecture'],
  source: string,
): Promise<Dataset> {
  const expected = { source, dims: input, classes };
  const chosen = dataOf(options);
  if (!('test' in chosen)) return loadDataOf(expected, chosen);
  assertFits(chosen, expected);
  return chosen;
}

/** Trains, or resumes the training that a checkpoint holds. */
async function fitted(
  options: TrainOptions & { readonly runtime: Runtime },
  { architecture, compression }: ReturnType<typeof modelChoice>,
  plan: TrainingPlan,
  split: Split,
): Promise<FitResult> {
  const { out, runtime, threads, signal, progress = silent } = options;
  const model = reshapeAll(buildModel(architecture, { seed: plan.seed }), compression, plan.seed);
  const { foolproof, onnxruntime } = versions(runtime);
  const key = contentKey({
    notation: architecture.notation,
    layers: architecture.layers as never,
    reshaping: { name: compression.reshaping.name, ...compression.parameters },
    plan: { ...plan },
    data: splitDigest(split),
    // Threads change the order in which the engine sums, hence the last bits of the result.
    threads: threads ?? null,
    foolproof,
    onnxruntime,
  });
  const total = imagesInAll(plan, split.count);
  const path = out === undefined ? undefined : checkpointPath(out);
  const store = path === undefined ? undefined : checkpointFile(path);
  if (store && path !== undefined) {
    const found = await checkpointSteps(store, key);
    if (found !== 'none') {
      const images = found === 'other' ? null : imagesAfter(found, split.count, plan);
      options.onCheckpoint?.({ path, images, total });
    }
  }
  progress.begin(`training ${out ?? architecture.notation}`, total, 'images');
  const kind = plan.adversary === undefined ? '' : 'adversarial ';
  const { checkpointEvery: everySeconds = trainDefaults.checkpointEvery } = options;
  try {
    const result = await fit(model, split, {
      runtime,
      plan,
      ...(signal && { signal }),
      ...(store && { checkpoint: { store, key, everySeconds } }),
      ...(threads !== undefined && { threads }),
      onProgress: ({ images: seen, loss, accuracy }) =>
        progress.advance(seen, `${kind}loss ${loss.toFixed(4)}, accuracy ${(100 * accuracy).toFixed(1)} %`),
    });
    progress.end();
    return result;
  } catch (error) {
    if (!isToolkitError(error, 'interrupted')) throw error;
    if (path === undefined) throw new ToolkitError('stopped', { what: 'training' }, { cause: error });
    const resume = `Checkpoint: ${path}.`;
    throw new ToolkitError('interrupted', { what: 'training', resume }, { cause: error });
  } finally {
    progress.end('stopped');
  }
}

const checkpointPath = (out: string): string => `${out}.checkpoint`;

/** Images that a number of steps has seen; the last batch of an epoch may be smaller. */
function imagesAfter(steps: number, images: number, { batchSize }: TrainingPlan): number {
  const perEpoch = Math.ceil(images / batchSize);
  return Math.floor(steps / perEpoch) * images + Math.min(images, (steps % perEpoch) * batchSize);
}
