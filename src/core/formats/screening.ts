import { type Rate, rate } from '../base/statistics.js';
import type { LabelMap } from '../formats/label-order.js';
import { type Candidate, contenders, countHits, type Hits, preferred } from './candidates.js';
import type { DetectOptions, Sample } from './detect-format.js';

/** Images of the first round, doubled from round to round. */
const FIRST_ROUND = 128;
/** A candidate without rivals is measured on this many, for its accuracy to mean something. */
const ENOUGH = 256;

/** Of the first images, as many as asked for. */
export const hitsIn = (map: LabelMap, { predictions }: Candidate, { labels }: Sample, count: number): Hits =>
  Array.from({ length: count }, (_, n) => predictions[n] === map[labels[n]!]);

export const rateOf = (hits: Hits): Rate => rate(countHits(hits), hits.length);

/** All candidates on the first images, the better ones on more. */
export async function race(
  all: readonly Candidate[],
  sample: Sample,
  map: LabelMap,
  { signal, onProgress }: Pick<DetectOptions, 'signal' | 'onProgress'>,
) {
  const { labels } = sample;
  let alive = all;
  for (let count = Math.min(FIRST_ROUND, labels.length); ; count = Math.min(2 * count, labels.length)) {
    for (const [i, candidate] of alive.entries()) {
      signal?.throwIfAborted();
      await candidate.predict(count);
      onProgress?.(all.length - alive.length + i + 1, all.length);
    }
    const entrants = alive.map((candidate) => ({ candidate, hits: hitsIn(map, candidate, sample, count) }));
    const left = contenders(entrants, 'racing');
    const decided = left.length === 1 && count >= ENOUGH;
    if (decided || count === labels.length) return preferred(left);
    alive = left.map(({ candidate }) => candidate);
  }
}
