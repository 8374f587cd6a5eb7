import { Option } from 'commander';
import type { Progress } from '../../core/base/progress.js';
import { type Rate, rate } from '../../core/base/statistics.js';
import type { Split } from '../../core/data/dataset.js';
import type { Classifier } from '../../core/models/classifier.js';
import { datasetNamed, datasets, isPath } from '../../node/datasets/index.js';
import type { DataChoice } from '../../node/subject/load-data.js';
import type { Io } from '../terminal/io.js';

export interface DataOptions {
  readonly dataset: string;
  readonly data?: string;
  /** [height, width] of images of a folder. */
  readonly resize?: readonly [number, number];
}

/** The flags that choose a data set; their help is that of the data sets. */
export const datasetOptions = (): [Option, Option] => [
  new Option(
    '--dataset <name or path>',
    `data set: ${datasets.map((d) => `${d.name} (${d.help})`).join('; ')}; or a path: ./photos, images.npz`,
  )
    .default('mnist')
    .argParser((text: string) => (isPath(text) ? text : datasetNamed(text).name)),
  new Option('--data <path>', 'the path that a data set speaks of'),
];

/** The data that flags choose, as the library knows them. */
export const chosenData = ({ dataset, data, resize }: DataOptions): DataChoice => ({
  dataset,
  ...(data !== undefined && { path: data }),
  ...(resize && { resize }),
});

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
