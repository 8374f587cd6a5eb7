import { ToolkitError } from '../base/errors.js';

/** Values in groups: the middle of each, and to which group each value belongs. */
export interface Clusters {
  /** Rising. */
  readonly centroids: Float32Array;
  /** Group of each value, by its position in `centroids`. */
  readonly codes: Uint8Array;
}

/** Lloyd's algorithm stops by itself; this bounds what it may take on degenerate values. */
const MAX_ITERATIONS = 1000;

/**
 * k-means of numbers (Lloyd's algorithm) from centroids that are evenly spaced between the smallest and the
 * largest value: linear initialization, which keeps the few large weights apart (Han, Mao and Dally 2016,
 * section 3.2). A value as close to two centroids belongs to the smaller one; a group without values keeps
 * its centroid.
 *
 * Of sorted values a group is an interval, and its mean is a difference of two sums: an iteration takes
 * `k log n`, whatever the number of values.
 *
 * @param count of groups, 1 to 256
 * @throws ToolkitError `bad-value` without values
 */
export function kMeans(values: Float32Array, count: number): Clusters {
  const sorted = values.slice().sort();
  const [low, high] = [sorted[0], sorted.at(-1)];
  if (low === undefined || high === undefined) {
    throw new ToolkitError('bad-value', { what: 'clusters', expected: 'values', received: 'none' });
  }
  const sums = new Float64Array(sorted.length + 1);
  for (let i = 0; i < sorted.length; i++) sums[i + 1] = (sums[i] ?? 0) + (sorted[i] ?? 0);
  let centroids = Float64Array.from({ length: count }, (_, k) =>
    count === 1 ? (low + high) / 2 : low + ((high - low) * k) / (count - 1),
  );
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const ends = [0, ...bordersOf(centroids).map((border) => firstAbove(sorted, border)), sorted.length];
    const moved = centroids.map((centroid, k) => {
      const [from = 0, to = 0] = [ends[k], ends[k + 1]];
      return to > from ? ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from) : centroid;
    });
    // A centroid without values may be overtaken by its neighbour.
    moved.sort();
    const isSettled = moved.every((centroid, k) => centroid === centroids[k]);
    centroids = moved;
    if (isSettled) break;
  }
  const borders = Float64Array.from(bordersOf(centroids));
  return {
    centroids: Float32Array.from(centroids),
    codes: Uint8Array.from(values, (value) => firstNotBelow(borders, value)),
  };
}

/** Halfway between neighbours: [k - 1]. */
const bordersOf = (centroids: Float64Array): number[] =>
  Array.from(centroids.subarray(1), (centroid, k) => (centroid + (centroids[k] ?? 0)) / 2);

/** How many of sorted values are at most `bound`. */
export const firstAbove = (sorted: ArrayLike<number>, bound: number): number =>
  bisect(sorted.length, (i) => (sorted[i] ?? 0) <= bound);

/** How many of sorted values are below `bound`. */
const firstNotBelow = (sorted: ArrayLike<number>, bound: number): number =>
  bisect(sorted.length, (i) => (sorted[i] ?? 0) < bound);

/** How many of the first positions fulfil a condition that no later one fulfils. */
function bisect(length: number, isBefore: (i: number) => boolean): number {
  let [from, to] = [0, length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (isBefore(middle)) from = middle + 1;
    else to = middle;
  }
  return from;
}
