import { mcnemar, type Rate, rate } from '../base/statistics.js';
import type { LabelMap } from '../models/class-order.js';
import type { Candidate } from './candidates.js';
import type { Sample } from './stated-format.js';

/** Images of the first round, doubled from round to round. */
const FIRST_ROUND = 128;
/** The last candidate is measured on at least this many images, for its accuracy to mean something. */
const MIN_MEASURED = 256;

/**
 * Below this p value of the exact McNemar test one candidate is clearly worse than another: between rounds,
 * where it is tested again and again, and in the end.
 */
const SIGNIFICANCE = { betweenRounds: 0.01, finally: 0.05 } as const;

/** For some images, whether each was classified correctly. */
export type Hits = readonly boolean[];

export const countHits = (hits: Hits): number => hits.reduce((sum, hit) => sum + Number(hit), 0);

export const rateOf = (hits: Hits): Rate => rate(countHits(hits), hits.length);

/** Of the first images, as many as asked for. */
export const hitsIn = (map: LabelMap, { predictions }: Candidate, { labels }: Sample, count: number): Hits =>
  Array.from({ length: count }, (_, n) => predictions[n] === map[labels[n] ?? -1]);

/** The p value of "both are correct equally often", on the same images. */
export function equallyGood(a: Hits, b: Hits): number {
  let [onlyA, onlyB] = [0, 0];
  a.forEach((hit, n) => {
    if (hit && !b[n]) onlyA += 1;
    if (!hit && b[n]) onlyB += 1;
  });
  return mcnemar(onlyA, onlyB);
}

/** A candidate with its result on the images that all of them have seen. */
export interface Screened {
  readonly candidate: Candidate;
  readonly hits: Hits;
}

/** Those that are not clearly worse than the best. */
function survivors<S extends Screened>(screened: readonly S[], when: keyof typeof SIGNIFICANCE): S[] {
  const best = screened.reduce((a, b) => (countHits(b.hits) > countHits(a.hits) ? b : a));
  return screened.filter(
    ({ hits }) => hits === best.hits || equallyGood(hits, best.hits) >= SIGNIFICANCE[when],
  );
}

/**
 * The simplest of those that are not clearly worse than the best; among equally simple ones the one that is
 * correct most often, then the first.
 */
export function preferred<S extends Screened>(screened: readonly S[]): S {
  return survivors(screened, 'finally').reduce((a, b) => {
    const difference =
      a.candidate.known.complexity - b.candidate.known.complexity || countHits(b.hits) - countHits(a.hits);
    return difference > 0 ? b : a;
  });
}

/** Measures all candidates on the first images and the better ones on more; the best of them. */
export async function screen(
  all: readonly Candidate[],
  sample: Sample,
  map: LabelMap,
  {
    signal,
    onProgress,
  }: {
    readonly signal?: AbortSignal | undefined;
    /** Hears how many candidates are measured, of how many. */
    readonly onProgress?: ((done: number, total: number) => void) | undefined;
  },
): Promise<Screened> {
  const { labels } = sample;
  let alive = all;
  for (let count = Math.min(FIRST_ROUND, labels.length); ; count = Math.min(2 * count, labels.length)) {
    for (const [i, candidate] of alive.entries()) {
      signal?.throwIfAborted();
      await candidate.predict(count);
      onProgress?.(all.length - alive.length + i + 1, all.length);
    }
    const measured = alive.map((candidate) => ({ candidate, hits: hitsIn(map, candidate, sample, count) }));
    const left = survivors(measured, 'betweenRounds');
    const decided = left.length === 1 && count >= MIN_MEASURED;
    if (decided || count === labels.length) return preferred(left);
    alive = left.map(({ candidate }) => candidate);
  }
}
