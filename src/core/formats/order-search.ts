import { type Rate, rate } from '../base/statistics.js';
import { identityMap, isIdentity, type LabelMap } from '../models/class-order.js';
import type { Candidate } from './candidates.js';
import { matchedMap } from './label-order.js';
import { countHits, equallyGood, type Hits, preferred, type Screened } from './screening.js';

interface Labelled {
  readonly labels: ArrayLike<number>;
  readonly classNames: readonly string[];
}

/** An order of classes that was found, and what it is worth. */
export interface FoundOrder {
  readonly candidate: Candidate;
  readonly map: LabelMap;
  /** On images that the order was not found from. */
  readonly accuracy: Rate;
}

/** Images that orders are searched with, at most. */
const MAX_IMAGES = 512;
/** Images of each class that the search needs, on average, on either side. */
const MIN_PER_CLASS = 3;
/**
 * A model that is correct this often orders its classes as the data do, but for a few that may be exchanged.
 */
const MOSTLY_RIGHT = 0.5;
/** An order is one of very many: chance must be all but excluded. */
const BEYOND_CHANCE = 0.001;

/** Whether so many images say anything about the order of so many classes. */
const isEnough = (images: number, classes: number): boolean =>
  Math.floor(images / 2) >= MIN_PER_CLASS * classes;

/**
 * Another order of the classes than the data's, where one is far better. It is matched to the predictions for
 * every second image and judged by the images in between, so that what merely fits by chance fails; the order
 * that is returned then uses both.
 *
 * @param first the best candidate with the classes in the data's order, and its hits
 * @returns undefined where the data's order stands
 */
export async function findOrder(
  first: Screened,
  candidates: readonly Candidate[],
  { labels, classNames }: Labelled,
  { classes, chance }: { readonly classes: number; readonly chance: number },
): Promise<FoundOrder | undefined> {
  const sizes = { data: classNames.length, model: classes };
  const mostlyRight = countHits(first.hits) >= MOSTLY_RIGHT * first.hits.length;
  // Two exchanged classes leave the right preparation in front; a whole other order
  // leaves all of them at chance.
  const tried = mostlyRight ? [first.candidate] : candidates;
  const count = mostlyRight ? first.hits.length : Math.min(MAX_IMAGES, labels.length);
  if (!isEnough(count, sizes.data)) return undefined;
  const [even, odd] = [0, 1].map((start) => every(2, start, count)) as [number[], number[]];
  const screened: Screened[] = [];
  for (const candidate of tried) {
    await candidate.predict(count);
    const map = matchedMap(pick(labels, even), pick(candidate.predictions, even), sizes);
    if (mostlyRight && isIdentity(map)) return undefined;
    screened.push({ candidate, hits: hitsOf(candidate, map, labels, odd) });
  }
  const best = preferred(screened);
  await first.candidate.predict(count);
  const inDataOrder = hitsOf(first.candidate, identityMap(sizes.data), labels, odd);
  const accuracy = rate(countHits(best.hits), odd.length);
  const better =
    accuracy.count > countHits(inDataOrder) && equallyGood(best.hits, inDataOrder) < BEYOND_CHANCE;
  if (!better || (accuracy.low ?? 0) <= chance) return undefined;
  const all = every(1, 0, count);
  const map = matchedMap(pick(labels, all), pick(best.candidate.predictions, all), sizes);
  return { candidate: best.candidate, map, accuracy };
}

const every = (step: number, start: number, count: number): number[] =>
  Array.from({ length: Math.ceil((count - start) / step) }, (_, i) => start + i * step);

const pick = (values: ArrayLike<number>, places: readonly number[]): number[] =>
  places.map((n) => values[n]!);

const hitsOf = (
  { predictions }: Candidate,
  map: LabelMap,
  labels: ArrayLike<number>,
  places: readonly number[],
): Hits => places.map((n) => predictions[n] === map[labels[n]!]);
