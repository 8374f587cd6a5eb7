import { isToolkitError, ToolkitError } from '../../../core/base/errors.js';
import { silent } from '../../../core/base/progress.js';
import type { Dataset } from '../../../core/data/dataset.js';
import type { ModelUnderTest } from '../../../core/models/model-under-test.js';
import { encodeModel } from '../../../core/onnx/encode.js';
import { nodeRuntime } from '../../runtime.js';
import { assertWritable, writeAtomically } from '../../store/files.js';
import { readFiniteModel } from '../../subject/load-model.js';
import { prepareAll } from '../../subject/prepare-all.js';
import { dataOf } from '../app-options.js';
import { firstImages } from '../train/train-options.js';
import { UnfinishedTraining } from '../train/unfinished-training.js';
import { versions } from '../versions.js';
import {
  type CompressOptions,
  compressDefaults,
  finetuningOf,
  type Strength,
  strengthsOf,
} from './compress-options.js';
import type { CompressReport } from './compress-report.js';
import { type CompressedModel, runCompression } from './run-compression.js';

/** What `compress` results in. */
export interface CompressOutcome {
  /** ONNX files, in the order of the report. */
  readonly files: readonly Uint8Array[];
  /** JSON throughout; see docs/cli.md. */
  readonly report: CompressReport;
  readonly seconds: number;
}

/**
 * Compresses any classifier of single precision: prunes, clusters and quantizes its weights, fine-tunes them,
 * and rounds the values between layers, and measures size and accuracy before and after:
 * `foolproof compress` as a function. Training images alone are calibrated and fine-tuned on.
 *
 * @throws ToolkitError as `prepare`; `bad-value`, `unknown-name`, `nothing-to-do`; `bad-value` also for a
 *   model that cannot be compressed, with the reason; `interrupted` after the signal, without `out`
 *   `stopped`; `file-unwritable`, `diverged`, `collapsed`; `run-in-use` while another process compresses to
 *   the same file
 */
export async function compress(options: CompressOptions): Promise<CompressOutcome> {
  const strengths = strengthsOf(options);
  const finetuning = finetuningOf(options);
  const { out, signal, progress = silent, seed = compressDefaults.seed, threads } = options;
  for (const strength of strengths) if (strength.out !== undefined) await assertWritable(strength.out);
  const runtime = options.runtime ?? (await nodeRuntime());
  const started = performance.now();
  const loaded = await readFiniteModel(options.model);
  const prepared = await prepareAll([options.model], dataOf(options), {
    ...{ runtime, seed, threads, progress, signal, stated: options.stated },
    ...{ onModel: options.onModel, onData: options.onData },
  });
  try {
    const { data } = prepared;
    const [model] = prepared.models as readonly [ModelUnderTest];
    const needsImages = finetuning !== undefined || strengths.some(isCalibrated);
    const trainImages = needsImages ? firstImages(data.train, options.trainImages).count : 0;
    const testImages = samplesOf(options, data);
    const unfinished = await UnfinishedTraining.open(out);
    let written = 0;
    let done: Awaited<ReturnType<typeof runCompression>>;
    try {
      done = await runCompression({
        ...{ runtime, model, data, trainImages, testImages, seed, strengths, finetuning, threads },
        ...{ progress, signal },
        file: encodeModel(loaded.model),
        store: unfinished.store,
        checkpointSeconds: options.checkpointEvery ?? compressDefaults.checkpointEvery,
        onStart: (found) =>
          unfinished.tell(
            found ? { found: 'checkpoint', images: found.images } : { found: 'model' },
            found?.total ?? 0,
            options,
          ),
        async onCompressed(at, file) {
          const path = strengths[at]?.out;
          if (path !== undefined) await writeAtomically(path, file);
          written += 1;
        },
      });
      await unfinished.remove();
    } catch (error) {
      await unfinished.close();
      if (!isToolkitError(error, 'interrupted') && !signal?.aborted) throw error;
      if (out === undefined) throw new ToolkitError('stopped', { what: 'compression' }, { cause: error });
      const models = `${written} of ${strengths.length} models are written`;
      const resume = `${models}; the rest lies in ${unfinished.path}.`;
      throw new ToolkitError('interrupted', { what: 'compression', resume }, { cause: error });
    }
    const first = done.compressed[0];
    const report: CompressReport = {
      schema: 'foolproof.compress/1',
      versions: versions(runtime),
      model: {
        path: options.model,
        sha256: loaded.sha256,
        bytes: loaded.bytes,
        size: first?.before ?? {
          plain: 0,
          stored: 0,
          entropyCoded: 0,
          parameters: { stored: 0, virtual: 0 },
        },
        testAccuracy: done.before,
      },
      dataset: { name: data.name, source: data.source, trainImages, testImages },
      seed,
      finetuning: finetuning ?? null,
      compressed: done.compressed.map((each, at) => entryOf(each, strengths[at])),
    };
    return {
      files: done.compressed.map(({ file }) => file),
      report,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    progress.end('stopped');
    await prepared.release();
  }
}

const isCalibrated = ({ activations }: Strength): boolean => activations.name === 'static';

function entryOf(
  { bytes, after, testAccuracy, history }: CompressedModel,
  strength: Strength | undefined,
): CompressReport['compressed'][number] {
  return {
    path: strength?.out ?? null,
    compression: strength?.compression.text ?? 'none',
    activations: strength?.activations.text ?? 'none',
    bytes,
    size: after,
    testAccuracy,
    history,
  };
}

/** @throws ToolkitError `bad-value` for more test images than there are */
function samplesOf({ samples = 'all' }: CompressOptions, { test }: Dataset): number {
  if (samples === 'all') return test.count;
  if (samples <= test.count) return samples;
  throw new ToolkitError('bad-value', {
    what: 'number of test images',
    expected: `at most the ${test.count} test images of the data set`,
    received: String(samples),
    option: 'samples',
  });
}
