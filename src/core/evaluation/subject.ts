import type { Dataset } from '../data/dataset.js';
import type { Format } from '../formats/index.js';
import type { Classifier } from '../models/classifier.js';

/** A model that is audited, ready to be asked. */
export interface Subject {
  /** Short and unique: the file's name, with its folder where two have the same. */
  readonly id: string;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly producer: string;
  /** Numbers that the file stores. */
  readonly parameters: number;
  /** Names of the reshapings recorded in the file. */
  readonly reshapings: readonly string[];
  /** Takes [N, C, H, W] in [0, 1]. */
  readonly classifier: Classifier;
  /** The same without its defences, where some are recorded; see `withoutDefences`. */
  readonly undefended?: Classifier;
  /** Its classes counted as the model counts them. */
  readonly data: Dataset;
  readonly format: Format;
  /** What was found out about its input, for people. */
  readonly notes: readonly string[];
}

/** Classes of the model in the order of the data's; those that no image is of come last. */
export function classOrder({ classifier, format }: Pick<Subject, 'classifier' | 'format'>): number[] {
  const { labelMap } = format;
  const others = [...Array(classifier.classes).keys()].filter((k) => !labelMap.includes(k));
  return [...labelMap, ...others];
}

/** What decides what a model answers. */
export const subjectKey = ({ sha256, format }: Subject): string =>
  `${sha256} ${JSON.stringify(format.preprocessing)}`;
