import { type Bounds, limitAt } from '../harness/bounds.js';

/**
 * The arithmetic of the Jacobian-based Saliency Map Attack for one input, without any model: which element,
 * or which pair of elements, to change next (Papernot et al. 2016, "The limitations of deep learning in
 * adversarial settings", Algorithm 3; Liu et al., Eq. 7).
 */

export type Direction = 'increase' | 'decrease';

/** One input's saliency data: arrays of one length [n], all finite; for a batch, subarrays of its arrays. */
export interface SaliencyRow {
  /** `dF_t / dx_i` for the target class t, in units of F for each input unit. */
  readonly alpha: Float32Array;
  /** `sum over o != t of dF_o / dx_i`, in the same units. */
  readonly beta: Float32Array;
  /** Current values, in input units, inside the bounds. */
  readonly x: Float32Array;
  /** Not 0: no longer in the search domain. The caller may change it between calls. Absent: none is used. */
  readonly used?: Uint8Array;
}

/** How elements may move; the same for all rows of a batch. */
export interface SaliencyStep {
  /** Change of one element, in input units; above 0. */
  readonly theta: number;
  readonly bounds: Bounds;
  /**
   * `both`: single elements move in the direction that each one's own derivatives ask for; the two of a pair
   * move together, whichever way is better.
   */
  readonly direction: Direction | 'both';
}

export interface SaliencyPair {
  /** The two elements, p < q. */
  readonly p: number;
  readonly q: number;
  /** `-(alpha_p + alpha_q) * (beta_p + beta_q)`, above 0. */
  readonly value: number;
  /** How both of them move. */
  readonly direction: Direction;
}

/**
 * A value after one step: theta up or down, clipped to the bounds, in single precision as inputs are stored.
 */
export function movedValue(
  value: number,
  direction: Direction,
  { theta, bounds: [low, high] }: SaliencyStep,
  element: number,
): number {
  return Math.fround(
    direction === 'increase'
      ? Math.min(value + theta, limitAt(high, element))
      : Math.max(value - theta, limitAt(low, element)),
  );
}

/** How an element that `rankElements` or `bestElement` has chosen moves: towards a larger F_t. */
export function elementDirection({ alpha }: SaliencyRow, i: number): Direction {
  return alpha[i]! > 0 ? 'increase' : 'decrease';
}

/**
 * Papernot's search domain Gamma: not yet used, and a step really moves it (a bound or
 * rounding may be in the way).
 */
function inDomain({ x, used }: SaliencyRow, step: SaliencyStep, i: number, direction: Direction): boolean {
  return (used === undefined || used[i] === 0) && movedValue(x[i]!, direction, step, i) !== x[i];
}

/**
 * Eq. 7 above zero; for a decrease with both signs mirrored. `beta = 0` is in neither
 * of its cases: no saliency.
 */
function isSalient(row: SaliencyRow, step: SaliencyStep, i: number): boolean {
  const [alpha, beta] = [row.alpha[i]!, row.beta[i]!];
  if (!((alpha > 0 && beta < 0) || (alpha < 0 && beta > 0))) return false;
  const direction = elementDirection(row, i);
  return (step.direction === 'both' || step.direction === direction) && inDomain(row, step, i, direction);
}

/**
 * The elements that Eq. 7 admits in order of falling saliency `|alpha_i|`, ties by lower index: the
 * single-shot mode of Algorithm 1 (Liu et al.). Element i moves in `elementDirection(row, i)`.
 *
 * O(n + m log m) for m admissible elements, memory O(n).
 *
 * @param limit at most so many, a whole number from 0
 * @returns indices, [at most limit]
 */
export function rankElements(row: SaliencyRow, step: SaliencyStep, limit: number): Int32Array {
  const saliency = (i: number) => Math.abs(row.alpha[i]!);
  const admitted = new Int32Array(row.alpha.length);
  const values = new Float32Array(row.alpha.length);
  let count = 0;
  for (let i = 0; i < admitted.length; i++) {
    if (!isSalient(row, step, i)) continue;
    admitted[count] = i;
    values[count++] = saliency(i);
  }
  let ranked = admitted.subarray(0, count);
  if (limit < count) {
    // Plain numbers sort many times faster than indices by a comparison, and budgets are mostly small.
    const sorted = values.subarray(0, count).sort();
    const least = limit > 0 ? sorted[count - limit]! : Number.POSITIVE_INFINITY;
    ranked = ranked.filter((i) => saliency(i) >= least);
  }
  // The sort is stable and the indices rise, so ties stay by lower index.
  return ranked.sort((i, j) => saliency(j) - saliency(i)).slice(0, limit);
}

/** The first of `rankElements` in O(n) without any memory; -1 if there is none. */
export function bestElement(row: SaliencyRow, step: SaliencyStep): number {
  let [best, saliency] = [-1, 0];
  for (let i = 0; i < row.alpha.length; i++) {
    const own = Math.abs(row.alpha[i]!);
    if (own > saliency && isSalient(row, step, i)) [best, saliency] = [i, own];
  }
  return best;
}

/**
 * Papernot's pair search: of all p != q in the search domain with `alpha_p + alpha_q > 0` and
 * `beta_p + beta_q < 0` (for a decrease `< 0` and `> 0`) a pair with the largest
 * `-(alpha_p + alpha_q) * (beta_p + beta_q)`. Either may be an element that Eq. 7 would not admit alone. For
 * `both`, the better of the best increasing and the best decreasing pair, at a tie the increasing one.
 *
 * Exact, without looking at all pairs. Let `a = alpha, b = -beta` (for a decrease `a = -alpha, b = beta`),
 * so that the value is `A * B` with `A = a_p + a_q > 0` and `B = b_p + b_q > 0`. Say that i dominates j if
 * `a_i >= a_j`, `b_i >= b_j` and, where both are equal, `i < j`: a strict order, also among equal points.
 * If an element p of a best pair (p, q) is dominated by two others, then one of them, r, is not q, and (r,
 * q) has no smaller A and B: it is admissible and no worse. Each exchange goes up in a strict order of
 * finitely many elements, so exchanging ends, at a best pair of elements that at most one other dominates.
 * Only those are searched.
 *
 * The argument holds for the numbers as computed: rounding is monotone, sums of two single-precision numbers
 * in double precision have the right sign and are 0 or between 2^-149 and 2^129, so products can neither
 * overflow nor underflow.
 *
 * O(n) and a sort of what two strong elements leave, which are those two alone where beta = -alpha (softmax
 * probabilities); then at most the square of the number of elements kept, mostly far less; memory O(n).
 *
 * @returns undefined if no pair is admissible; of equally good pairs always the same one
 */
export function bestPair(row: SaliencyRow, step: SaliencyStep): SaliencyPair | undefined {
  if (step.direction !== 'both') return bestPairTowards(row, step, step.direction);
  const increasing = bestPairTowards(row, step, 'increase');
  const decreasing = bestPairTowards(row, step, 'decrease');
  if (increasing === undefined || decreasing === undefined) return increasing ?? decreasing;
  return decreasing.value > increasing.value ? decreasing : increasing;
}

function bestPairTowards(
  row: SaliencyRow,
  step: SaliencyStep,
  direction: Direction,
): SaliencyPair | undefined {
  const domain = new Int32Array(row.alpha.length);
  let count = 0;
  for (let i = 0; i < domain.length; i++) if (inDomain(row, step, i, direction)) domain[count++] = i;
  if (count < 2) return undefined;
  const sign = direction === 'increase' ? 1 : -1;
  const a = new Float64Array(count);
  const b = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    a[k] = sign * row.alpha[domain[k]!]!;
    b[k] = -sign * row.beta[domain[k]!]!;
  }
  const kept = dominatedAtMostOnce(a, b);
  const found = searchPairs(
    Float64Array.from(kept, (k) => a[k]!),
    Float64Array.from(kept, (k) => b[k]!),
  );
  if (found === undefined) return undefined;
  const [p, q] = [domain[kept[found.first]!]!, domain[kept[found.second]!]!];
  return { p: Math.min(p, q), q: Math.max(p, q), value: found.value, direction };
}

/**
 * What no two strong elements both dominate, in O(n), so that little is left to sort. Any two would be sound;
 * the two of largest `a * b` leave least, whatever the scales of a and b.
 *
 * @param a [n], one term of each element, signed so that more is better; b, [n], the other
 * @returns rising positions
 */
function notBelowTwoStrong(a: Float64Array, b: Float64Array): number[] {
  let [first, second] = [-1, -1];
  let [best, next] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < a.length; i++) {
    // Of two elements below zero in both terms, the one with the smaller product is the stronger.
    const strength = a[i]! < 0 && b[i]! < 0 ? -a[i]! * b[i]! : a[i]! * b[i]!;
    if (strength > best) {
      [second, next] = [first, best];
      [first, best] = [i, strength];
    } else if (strength > next) [second, next] = [i, strength];
  }
  const dominates = (i: number, j: number) =>
    a[i]! >= a[j]! && b[i]! >= b[j]! && (a[i]! > a[j]! || b[i]! > b[j]! || i < j);
  const left: number[] = [];
  for (let j = 0; j < a.length; j++) if (!(dominates(first, j) && dominates(second, j))) left.push(j);
  return left;
}

/**
 * The positions of the elements that at most one other dominates, by falling a. An element's dominators all
 * come before it in the order by falling a, then falling b, then index, and of those before it exactly the
 * ones with no smaller b dominate it: two or more do if the second-largest b so far is no smaller.
 */
function dominatedAtMostOnce(a: Float64Array, b: Float64Array): number[] {
  const order = notBelowTwoStrong(a, b).sort((i, j) => a[j]! - a[i]! || b[j]! - b[i]! || i - j);
  let [largest, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return order.filter((i) => {
    const own = b[i]!;
    if (own <= second) return false;
    [largest, second] = own > largest ? [own, largest] : [largest, own];
    return true;
  });
}

/** Elements that one bound covers; 32 and 128 are about as fast. */
const BLOCK = 64;

/**
 * Positions with the largest positive `A * B`, `a` falling. No element of a block has a larger a than its
 * first one, nor a larger b than its largest: where these two together do not beat the best pair so far, the
 * whole block is skipped.
 */
function searchPairs(
  a: Float64Array,
  b: Float64Array,
): { readonly first: number; readonly second: number; readonly value: number } | undefined {
  const largest = new Float64Array(Math.ceil(b.length / BLOCK)).fill(Number.NEGATIVE_INFINITY);
  for (let j = 0; j < b.length; j++) {
    const block = Math.floor(j / BLOCK);
    largest[block] = Math.max(largest[block]!, b[j]!);
  }
  let [first, second, value] = [-1, -1, 0];
  for (let i = 0; i < a.length - 1; i++) {
    const [ownA, ownB] = [a[i]!, b[i]!];
    for (let start = i + 1; start < a.length; ) {
      const block = Math.floor(start / BLOCK);
      const end = Math.min((block + 1) * BLOCK, a.length);
      // Without a positive sum of a here, there is none further on.
      const bound = ownA + a[start]!;
      if (bound <= 0) break;
      if (bound * (ownB + largest[block]!) > value) {
        for (let j = start; j < end; j++) {
          const sum = ownA + a[j]!;
          const product = sum * (ownB + b[j]!);
          // Two negative sums have a positive product, too.
          if (product > value && sum > 0) [first, second, value] = [i, j, product];
        }
      }
      start = end;
    }
  }
  return first < 0 ? undefined : { first, second, value };
}
