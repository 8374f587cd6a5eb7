import { isToolkitError, ToolkitError } from '../../../core/base/errors.js';
import { silent } from '../../../core/base/progress.js';
import type { Dataset } from '../../../core/data/dataset.js';
import { decodeModel } from '../../../core/onnx/decode.js';
import type { Model } from '../../../core/onnx/graph.js';
import { imagesInAll } from '../../../core/training/training-plan.js';
import { nodeRuntime } from '../../runtime.js';
import { assertWritable, writeAtomically } from '../../store/files.js';
import { assertFits, loadDataOf } from '../../subject/load-data.js';
import { dataOf } from '../app-options.js';
import { versions } from '../versions.js';
import { runTraining, type TrainedModel } from './run-training.js';
import { firstImages, modelChoice, planOf, type TrainOptions, trainDefaults } from './train-options.js';
import type { TrainReport } from './train-report.js';
import { UnfinishedTraining } from './unfinished-training.js';

/** What `train` results in. */
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
 * Trains a classifier from scratch, compressed or not, and measures its accuracy: `foolproof train` as a
 * function. With `out`, the model is written there, and what is unfinished lies beside it, where the same
 * training is resumed.
 *
 * @throws ToolkitError `bad-notation`, `bad-value`, `unknown-name`; `data-mismatch` for data of other images
 *   or classes; `interrupted` after the signal, without `out` `stopped`; `file-unwritable`, `diverged`,
 *   `collapsed`; `run-in-use` while another process trains the same file
 */
export async function train(options: TrainOptions): Promise<TrainOutcome> {
  const choice = modelChoice(options);
  const plan = planOf(options);
  const { out, threads, signal, progress = silent } = options;
  const { checkpointEvery: checkpointSeconds = trainDefaults.checkpointEvery } = options;
  if (out !== undefined) await assertWritable(out);
  const runtime = options.runtime ?? (await nodeRuntime());
  const data = await loaded(options, choice.architecture, choice.arch);
  const split = firstImages(data.train, options.trainImages);

  const started = performance.now();
  const unfinished = await UnfinishedTraining.open(out);
  let made: Pick<TrainOutcome, 'model' | 'file'> | undefined;
  let trained: TrainedModel;
  try {
    trained = await runTraining({
      ...{ runtime, data, plan, threads, signal, progress, checkpointSeconds },
      images: split.count,
      architecture: choice.architecture.notation,
      kernel: choice.kernel,
      compression: choice.compression.text,
      store: unfinished.store,
      title: `training ${out ?? choice.architecture.notation}`,
      onStart: (start) => unfinished.tell(start, imagesInAll(plan, split.count), options),
      async onTrained(bytes) {
        made = { model: decodeModel(bytes), file: bytes };
        if (out !== undefined) await writeAtomically(out, made.file);
      },
    });
    await unfinished.remove();
  } catch (error) {
    await unfinished.close();
    if (!isToolkitError(error, 'interrupted') && !signal?.aborted) throw error;
    if (out === undefined) throw new ToolkitError('stopped', { what: 'training' }, { cause: error });
    const [what, resume] = made
      ? ['measuring', `${out} is complete; only its accuracy was not measured.`]
      : ['training', `Checkpoint: ${unfinished.path}.`];
    throw new ToolkitError('interrupted', { what, resume }, { cause: error });
  } finally {
    progress.end('stopped');
  }
  if (!made) throw new Error('the training has ended without a model');
  const report: TrainReport = {
    schema: 'foolproof.train/1',
    versions: versions(runtime),
    model: { path: out ?? null, bytes: made.file.length },
    architecture: choice.arch,
    kernel: choice.kernel,
    compression: choice.compression.text,
    parameters: trained.parameters,
    dataset: {
      name: data.name,
      source: data.source,
      trainImages: split.count,
      testImages: data.test.count,
    },
    plan,
    history: [...trained.history],
    testAccuracy: trained.testAccuracy,
  };
  return { ...made, report, images: trained.images, seconds: (performance.now() - started) / 1000 };
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
