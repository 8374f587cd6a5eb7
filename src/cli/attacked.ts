import { dataWarnings } from '../core/data/data-warnings.js';
import type { Dataset } from '../core/data/dataset.js';
import type { Format } from '../core/formats/index.js';
import { Classifier } from '../core/models/classifier.js';
import { type LoadedClassifier, readClassifier, readModel } from '../node/subject/load-model.js';
import { readSidecar } from '../node/subject/sidecar.js';
import { type FittingContext, type FittingOptions, fitToData } from './fitting.js';
import { loadFitting } from './flags/data-flags.js';

/** A model that is attacked, and the data that it is attacked on. */
export interface Attacked {
  readonly loaded: LoadedClassifier;
  readonly data: Dataset;
  /** How it takes its images; undefined when it simply takes those of the data. */
  readonly format?: Format;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads a model and its data. Where flags or a file beside the model say anything of its input, the model is put behind its
 * preprocessing; else it must take the images of the data as they are.
 * @throws ToolkitError as `readClassifier`, `loadFitting` and `fitToData`
 */
export async function readAttacked(
  path: string,
  options: FittingOptions,
  context: FittingContext,
): Promise<Attacked> {
  const { batchSize, threads } = options;
  const engine = { runtime: context.runtime, ...(batchSize && { batchSize }), ...(threads && { threads }) };
  if (!saysFormat(options) && !(await readSidecar(path))) {
    const loaded = await readClassifier(path, engine);
    const data = await loadFitting(options, { source: path, ...loaded.classifier.shape }, context);
    return { loaded, data, notes: [], warnings: dataWarnings(data) };
  }
  const file = await readModel(path);
  const { model, data, format, notes, warnings } = await fitToData(path, file, options, context);
  const classifier = new Classifier(model, { source: path, ...engine });
  return { loaded: { ...file, classifier }, data, format, notes, warnings };
}

const saysFormat = ({ layout, channelOrder, range, mean, std, labels, resize }: FittingOptions): boolean =>
  [layout, channelOrder, range, mean, std, labels, resize].some((flag) => flag !== undefined);
