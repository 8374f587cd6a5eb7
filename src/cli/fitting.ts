import type { Dataset } from '../datasets/dataset.js';
import { locateDataset } from '../datasets/index.js';
import { relabelled } from '../datasets/relabel.js';
import { dataWarnings } from '../datasets/warnings.js';
import { ToolkitError } from '../errors.js';
import {
  detectFormat,
  type Format,
  formatSentences,
  imageShapeOf,
  statedFormat,
  withPreprocessing,
} from '../formats/index.js';
import { assertFinite, type LoadedModel } from '../models/load.js';
import type { Model } from '../onnx/graph.js';
import type { Progress } from '../progress.js';
import { stream } from '../random.js';
import type { Runtime } from '../runtime/runtime.js';
import { type DataOptions, loadNamed } from './data.js';
import { type FormatFlags, statedByFlags } from './format-flags.js';

export interface FittingOptions extends DataOptions, FormatFlags {
  /** [height, width] of images of a folder. */
  readonly resize?: readonly [number, number];
  readonly seed: number;
  readonly batchSize?: number;
  readonly threads?: number;
}

export interface FittingContext {
  readonly runtime: Runtime;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** A model and the data that it is judged on, each made to fit the other. */
export interface Fitted {
  /** Takes [N, C, H, W] in [0, 1]. */
  readonly model: Model;
  /** Its classes counted as the model counts them. */
  readonly data: Dataset;
  readonly format: Format;
  /** What was found out about the model's input, for people. */
  readonly notes: readonly string[];
  /** What is odd about the data. */
  readonly warnings: readonly string[];
}

/** Test images that ways of feeding a model are tried on. */
const TRIED = 1024;

/**
 * Data for a model whatever it is: images loaded in the size and the colours that its input suggests. Images of a folder are stretched to
 * that size, as they come in all sizes.
 * @throws ToolkitError `nothing-to-do` for a size where nothing can be resized, and as `loadNamed`
 */
export async function loadForModel(
  { model }: Pick<LoadedModel, 'model'>,
  options: DataOptions & Pick<FittingOptions, 'resize'>,
  { progress, signal }: Pick<FittingContext, 'progress' | 'signal'> = {},
): Promise<Dataset> {
  const { channels, size } = imageShapeOf(model.graph.inputs[0]?.type?.dims?.slice(1) ?? []);
  const { descriptor } = await locateDataset(options.dataset);
  if (options.resize && descriptor.name !== 'folder') {
    const what = `--resize with ${descriptor.title}`;
    throw new ToolkitError('nothing-to-do', { what, hint: 'Only the images of a folder can be resized.' });
  }
  const wanted = options.resize ?? size;
  const load = { ...(channels && { channels }), ...(wanted && { size: wanted }) };
  return loadNamed(options, load, { ...(progress && { progress }), ...(signal && { signal }) });
}

/**
 * Finds out how a model takes its images and counts its classes (from the flags, a file beside it, its metadata, or by trying) and puts that
 * before the model and behind the data.
 *
 * @param loaded data for several models of the same input need to be loaded only once
 * @throws ToolkitError `not-a-classifier`, `bad-weights`, `data-mismatch`, `bad-description`, and as `loadForModel`
 */
export async function fitToData(
  path: string,
  { model }: Pick<LoadedModel, 'model'>,
  options: FittingOptions,
  { runtime, progress, signal }: FittingContext,
  loaded?: Dataset,
): Promise<Fitted> {
  assertFinite(model, path);
  const stated = await statedFormat(model, path, await statedByFlags(options));
  const attendance = { ...(progress && { progress }), ...(signal && { signal }) };
  const data = loaded ?? (await loadForModel({ model }, options, attendance));
  const { test } = data;
  if (test.count === 0) {
    const hint = 'Name the arrays images and labels.';
    throw new ToolkitError('nothing-to-do', { what: 'The data set has no test images', hint });
  }
  const chosen = stream(options.seed, 'format').sample(test.count, Math.min(TRIED, test.count));
  const { images, labels } = test.batch(chosen);
  let begun = false;
  const format = await detectFormat(
    model,
    { images, labels: Array.from(labels.data, Number), classNames: data.classNames },
    {
      runtime,
      source: path,
      stated,
      ...(options.threads && { threads: options.threads }),
      ...(options.batchSize && { batchSize: options.batchSize }),
      ...(signal && { signal }),
      onProgress: (done, total) => {
        if (!begun) progress?.begin(`trying how ${path} takes its images`, total, 'ways');
        begun = true;
        progress?.advance(done);
      },
    },
  );
  progress?.end();
  return {
    model: withPreprocessing(model, format.preprocessing, data.dims, path),
    data: relabelled(data, format.labelMap, format.classes),
    format,
    notes: formatSentences(format, data.classNames),
    warnings: dataWarnings(data),
  };
}
