import { isToolkitError } from '../base/errors.js';
import { mcnemar } from '../base/statistics.js';
import { Classifier, type ClassifierOptions } from '../models/classifier.js';
import type { Layout } from '../models/preprocessing/layouts.js';
import { type Preprocessing, withPreprocessing } from '../models/preprocessing/preprocessing.js';
import type { Model } from '../onnx/graph.js';
import { rows, type Tensor } from '../tensor/tensor.js';
import type { KnownValues } from './known-values.js';

/** What no class is: the model gave something that is not a number. */
const NO_CLASS = -1;

/** One way in which a model may take its images, and what the model says of them then. */
export class Candidate {
  readonly preprocessing: Preprocessing;
  /** Classes of the model for the first images, as many as were asked for. */
  readonly predictions: number[] = [];
  private readonly classifier: Classifier;

  /** @throws ToolkitError `data-mismatch`, `not-a-classifier`, `shape-mismatch` */
  constructor(
    private readonly model: Model,
    readonly layout: Layout,
    readonly known: KnownValues,
    private readonly images: Tensor<'float32'>,
    private readonly options: ClassifierOptions & { readonly source: string },
  ) {
    this.preprocessing = { layout, ...known.values };
    const dims = images.dims.slice(1) as [number, number, number];
    this.classifier = new Classifier(
      withPreprocessing(model, this.preprocessing, dims, options.source),
      options,
    );
  }

  /** The number of channels of the images. */
  get channels(): number {
    return this.images.dims[1]!;
  }

  /** The same but for the values. */
  with(known: KnownValues): Candidate {
    return new Candidate(this.model, this.layout, known, this.images, this.options);
  }

  /** Classes of the model. */
  get classes(): number {
    return this.classifier.classes;
  }

  /** Makes sure that the first `count` images are predicted. */
  async predict(count: number): Promise<void> {
    if (count <= this.predictions.length) return;
    const some = rows(this.images, this.predictions.length, count);
    try {
      this.predictions.push(...(await this.classifier.predict(some)));
    } catch (error) {
      // Numbers far from those that it was trained on may overflow: then they are not what it takes.
      if (!isToolkitError(error, 'not-finite')) throw error;
      while (this.predictions.length < count) this.predictions.push(NO_CLASS);
    }
  }

  release(): Promise<void> {
    return this.classifier.release();
  }
}

/** For some images, whether each was classified rightly. */
export type Hits = readonly boolean[];

export const countHits = (hits: Hits): number => hits.reduce((sum, hit) => sum + Number(hit), 0);

/**
 * Below this p value of the exact McNemar test one candidate is clearly worse than another: in a race, where it is looked at round
 * after round, and in the end.
 */
const CLEARLY = { racing: 0.01, finally: 0.05 } as const;

/** The p value of "they are right equally often", on the same images. */
export function equallyGood(a: Hits, b: Hits): number {
  let [onlyA, onlyB] = [0, 0];
  a.forEach((hit, n) => {
    if (hit && !b[n]) onlyA += 1;
    if (!hit && b[n]) onlyB += 1;
  });
  return mcnemar(onlyA, onlyB);
}

/** A candidate with its result on the images that all of them have seen. */
export interface Entrant {
  readonly candidate: Candidate;
  readonly hits: Hits;
}

/** Those that are not clearly worse than the best. */
export function contenders<E extends Entrant>(entrants: readonly E[], when: keyof typeof CLEARLY): E[] {
  const best = entrants.reduce((a, b) => (countHits(b.hits) > countHits(a.hits) ? b : a));
  return entrants.filter(({ hits }) => hits === best.hits || equallyGood(hits, best.hits) >= CLEARLY[when]);
}

/**
 * The simplest of those that are not clearly worse than the best; among equally simple ones the one that is right most often,
 * then the first.
 */
export function preferred<E extends Entrant>(entrants: readonly E[]): E {
  const before = (a: E, b: E) =>
    a.candidate.known.complexity - b.candidate.known.complexity || countHits(b.hits) - countHits(a.hits);
  return contenders(entrants, 'finally').sort(before)[0]!;
}
