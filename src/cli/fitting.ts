import { ToolkitError } from '../core/base/errors.js';
import type { Progress } from '../core/base/progress.js';
import { dataWarnings } from '../core/data/data-warnings.js';
import type { Dataset } from '../core/data/dataset.js';
import { type FittedFormat, fitFormat, imageShapeOf } from '../core/formats/index.js';
import type { Runtime } from '../core/runtime/runtime.js';
import { locateDataset } from '../node/datasets/index.js';
import { assertFinite, type LoadedModel } from '../node/subject/load-model.js';
import { statedFormat } from '../node/subject/sidecar.js';
import { type DataOptions, loadNamed } from './flags/data-flags.js';
import { type FormatFlags, statedByFlags } from './flags/format-flags.js';

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
export interface Fitted extends FittedFormat {
  /** The data as they were loaded. */
  readonly original: Dataset;
  /** What is odd about the data. */
  readonly warnings: readonly string[];
}

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
  let begun = false;
  const fitted = await fitFormat(model, data, {
    runtime,
    source: path,
    stated,
    seed: options.seed,
    ...(options.threads && { threads: options.threads }),
    ...(options.batchSize && { batchSize: options.batchSize }),
    ...(signal && { signal }),
    onProgress: (done, total) => {
      if (!begun) progress?.begin(`trying how ${path} takes its images`, total, 'ways');
      begun = true;
      progress?.advance(done);
    },
  });
  progress?.end();
  return { ...fitted, original: data, warnings: dataWarnings(data) };
}
