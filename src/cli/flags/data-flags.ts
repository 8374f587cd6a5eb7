import { Option } from 'commander';
import { ToolkitError } from '../../core/base/errors.js';
import type { Progress } from '../../core/base/progress.js';
import { type Rate, rate } from '../../core/base/statistics.js';
import type { Dataset, Split } from '../../core/data/dataset.js';
import type { Classifier } from '../../core/models/classifier.js';
import {
  datasetNamed,
  datasets,
  isPath,
  type LoadOptions,
  locateDataset,
} from '../../node/datasets/index.js';
import type { Io } from '../terminal/io.js';

export interface DataOptions {
  readonly dataset: string;
  readonly data?: string;
}

/** The flags that choose a data set; their help is that of the data sets. */
export const datasetOptions = (): [Option, Option] => [
  new Option(
    '--dataset <name or path>',
    `data set: ${Object.values(datasets)
      .map((d) => `${d.name} (${d.help})`)
      .join('; ')}; or a path: ./photos, images.npz`,
  )
    .default('mnist')
    .argParser((text: string) => (isPath(text) ? text : datasetNamed(text).name)),
  new Option('--data <path>', 'the path that a data set speaks of'),
];

/** What a model expects of its data. */
export interface Expected {
  /** How messages name the model. */
  readonly source: string;
  /** [C, H, W]. */
  readonly dims: readonly number[];
  readonly classes: number;
}

/** Who hears of a download, and what stops it. */
export interface Attendance {
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Loads the data set that the flags name.
 * @throws ToolkitError `nothing-to-do` for flags that do not belong together, and whatever the loader throws
 */
export async function loadNamed(
  { dataset, data }: DataOptions,
  load: LoadOptions,
  { progress, signal }: Attendance = {},
): Promise<Dataset> {
  const { descriptor, path = data } = await locateDataset(dataset);
  if (isPath(dataset) && data !== undefined) {
    const what = `--dataset ${dataset} with --data ${data}`;
    throw new ToolkitError('nothing-to-do', { what, hint: 'Name one path, or a data set and its path.' });
  }
  if (descriptor.needsPath && path === undefined) {
    throw new ToolkitError('nothing-to-do', {
      what: `--dataset ${dataset} needs --data`,
      hint: `${descriptor.title}: ${descriptor.help}.`,
    });
  }
  return descriptor.load({
    ...load,
    ...(path !== undefined && { path }),
    ...(progress && { progress }),
    ...(signal && { signal }),
  });
}

/**
 * Loads a data set that fits a model.
 * @throws ToolkitError `data-mismatch` when images or classes do not, and as `loadNamed`
 */
export async function loadFitting(
  options: DataOptions,
  expected: Expected,
  attendance: Attendance = {},
): Promise<Dataset> {
  const { source, dims, classes } = expected;
  // Grey images for a model of colours, and the other way round, have one obvious meaning.
  const channels = (dims[0] === 1 || dims[0] === 3) && { channels: dims[0] };
  const loaded = await loadNamed(options, { classes, ...channels }, attendance);
  const mismatch = (wanted: string, received: string) =>
    new ToolkitError('data-mismatch', {
      what: source,
      expected: wanted,
      received: `${received} from ${loaded.title}`,
    });
  if (String(loaded.dims) !== String(dims))
    throw mismatch(`images of [${dims}]`, `images of [${loaded.dims}]`);
  if (loaded.classes !== classes) throw mismatch(`${classes} classes`, `${loaded.classes} classes`);
  return loaded;
}

/** Images between two looks at the signal and the progress bar. */
const CHUNK = 512;

/** Accuracy of a classifier on a split, all of it. */
export async function measureAccuracy(
  classifier: Classifier,
  split: Split,
  io: Io,
  progress: Progress,
): Promise<Rate> {
  progress.begin('measuring accuracy', split.count, 'images');
  let correct = 0;
  for (let start = 0; start < split.count; start += CHUNK) {
    io.signal.throwIfAborted();
    const indices = Array.from({ length: Math.min(CHUNK, split.count - start) }, (_, i) => start + i);
    const { images, labels } = split.batch(indices);
    const predicted = await classifier.predict(images);
    predicted.forEach((prediction, i) => {
      if (prediction === Number(labels.data[i])) correct += 1;
    });
    progress.advance(start + indices.length);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  progress.end();
  return rate(correct, split.count);
}
