import { Option } from 'commander';
import { checkedChoice, datasets } from '../../node/datasets/index.js';
import type { DataChoice } from '../../node/subject/load-data.js';

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
    `data set: ${Object.values(datasets)
      .map((d) => `${d.name} (${d.help})`)
      .join('; ')}; or a path: ./photos, images.npz`,
  )
    .default('mnist')
    .argParser(checkedChoice),
  new Option('--data <path>', 'the path that a data set speaks of'),
];

/** The data that flags choose, as the library knows them. */
export const chosenData = ({ dataset, data, resize }: DataOptions): DataChoice => ({
  data: dataset,
  dataPath: data,
  resize,
});
