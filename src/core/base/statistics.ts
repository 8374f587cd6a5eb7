/** A share with its count and 95 % Wilson interval; `value` is null when nothing was counted. */
export interface Rate {
  readonly count: number;
  readonly total: number;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** The quantile of the standard normal distribution that belongs to two-sided 95 %. */
const Z95 = 1.959963984540054;

/**
 * `count` out of `total` with its 95 % Wilson score interval (Wilson 1927), which stays inside [0, 1] and
 * has its nominal coverage near 0 and 1, where adversarial success rates often are.
 */
export function rate(count: number, total: number): Rate {
  if (total === 0) return { count, total, value: null, low: null, high: null };
  const p = count / total;
  const z2 = Z95 * Z95;
  const centre = (p + z2 / (2 * total)) / (1 + z2 / total);
  const half = (Z95 / (1 + z2 / total)) * Math.sqrt((p * (1 - p)) / total + z2 / (4 * total * total));
  return {
    count,
    total,
    value: p,
    // Rounding must not exclude a rate of exactly 0 or 1 from its interval.
    low: count === 0 ? 0 : Math.max(0, centre - half),
    high: count === total ? 1 : Math.min(1, centre + half),
  };
}

/** An interval of a share; null where nothing was counted. */
export type Interval = Pick<Rate, 'low' | 'high'>;

/**
 * The exact two-sided 95 % interval of `count` out of `total` (Clopper and Pearson 1934): its coverage is
 * never below 95 %, also of very few inputs, where Wilson's may be. Verdicts rest on it; rates are shown with
 * Wilson's.
 */
export function exactInterval(count: number, total: number): Interval {
  if (total === 0) return { low: null, high: null };
  return { low: exactLow(count, total), high: 1 - exactLow(total - count, total) };
}

/** The share at which `count` or more out of `total` have a probability of 2.5 %. */
function exactLow(count: number, total: number): number {
  if (count === 0) return 0;
  let [low, high] = [0, count / total];
  // Each step halves the interval: 50 of them leave less than rounding does.
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (upperTail(count, total, middle) < (1 - 0.95) / 2) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Probability of `count` or more successes out of `total` (binomial). @param p below `count / total` */
function upperTail(count: number, total: number, p: number): number {
  let logTerm = count * Math.log(p) + (total - count) * Math.log1p(-p);
  for (let k = 1; k <= count; k++) logTerm += Math.log((total - count + k) / k);
  let [sum, ratio] = [0, 1];
  for (let k = count; k <= total && ratio > 0; k++) {
    sum += ratio;
    ratio *= (((total - k) / (k + 1)) * p) / (1 - p);
  }
  return sum * Math.exp(logTerm);
}

/** The rate of flags that are set, as a `Rate`. */
export const rateOf = (flags: ArrayLike<number>): Rate => {
  let count = 0;
  for (let i = 0; i < flags.length; i++) count += flags[i] ? 1 : 0;
  return rate(count, flags.length);
};

/**
 * How one rate compares with another: `unclear` where the difference may be chance, or one of them is of
 * nothing.
 */
export type Standing = 'lower' | 'higher' | 'unclear';

/**
 * For rates of different inputs: by 95 % intervals that do not overlap. On the same inputs `comparePaired`
 * resolves more.
 */
export function compareRates(rate: Interval, base: Interval): Standing {
  if (rate.low === null || rate.high === null || base.low === null || base.high === null) return 'unclear';
  if (rate.high < base.low) return 'lower';
  return rate.low > base.high ? 'higher' : 'unclear';
}

/** On how many of the same inputs a flag is set in both of two outcomes, in one of them, or in neither. */
export interface PairedCounts {
  readonly onlyA: number;
  readonly onlyB: number;
  readonly both: number;
  readonly neither: number;
}

/** @param counted leaves out inputs; default: all that both outcomes have */
export function pairedCounts(
  a: ArrayLike<number | boolean>,
  b: ArrayLike<number | boolean>,
  counted: (input: number) => boolean = () => true,
): PairedCounts {
  let [onlyA, onlyB, both, neither] = [0, 0, 0, 0];
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    if (!counted(i)) continue;
    if (a[i] && b[i]) both += 1;
    else if (a[i]) onlyA += 1;
    else if (b[i]) onlyB += 1;
    else neither += 1;
  }
  return { onlyA, onlyB, both, neither };
}

/** The p value below which a single paired comparison is called resolved. */
export const SIGNIFICANCE = 0.05;

/**
 * For two outcomes on the same inputs: whether the first is set more or less often, by the exact McNemar
 * test.
 */
export function comparePaired(
  { onlyA, onlyB }: Pick<PairedCounts, 'onlyA' | 'onlyB'>,
  significance = SIGNIFICANCE,
): Standing {
  if (mcnemar(onlyA, onlyB) >= significance) return 'unclear';
  return onlyA > onlyB ? 'higher' : 'lower';
}

/**
 * Exact two-sided McNemar test (McNemar 1947): do two models fail equally often on the same inputs? Only
 * inputs on which they differ say anything; were the models equal, each of those would be a fair coin, so
 * that the p value is twice the smaller tail of Binomial(onlyA + onlyB, 1/2), and at most 1.
 *
 * @param onlyA inputs on which only the first fails
 * @param onlyB inputs on which only the second fails
 */
export function mcnemar(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB;
  const tail = Math.min(onlyA, onlyB);
  if (tail * 2 === n) return 1;
  // The largest term as a logarithm, since 2^-n underflows past n = 1074; the others follow
  // from it by their ratios.
  let logTerm = -n * Math.LN2;
  for (let k = 1; k <= tail; k++) logTerm += Math.log((n - tail + k) / k);
  let [sum, ratio] = [0, 1];
  for (let k = tail; k >= 0; k--) {
    sum += ratio;
    ratio *= k / (n - k + 1);
  }
  return Math.min(1, 2 * sum * Math.exp(logTerm));
}

/** A mean of rates with an interval. */
export interface MeanRate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Mean of rates with equal weights; undefined when a total is 0. The ends of its interval are the means of
 * the ends: models are attacked on the same inputs, so their errors cannot be assumed independent.
 */
export function meanRate(rates: readonly Rate[]): MeanRate | undefined {
  const sum = { value: 0, low: 0, high: 0 };
  for (const { value, low, high } of rates) {
    if (value === null || low === null || high === null) return undefined;
    sum.value += value;
    sum.low += low;
    sum.high += high;
  }
  const n = rates.length;
  return n === 0 ? undefined : { value: sum.value / n, low: sum.low / n, high: sum.high / n };
}

/**
 * The one definition of a quantile: linear interpolation between order statistics at position `probability *
 * (n - 1)` (type 7 of Hyndman and Fan 1996; the default of NumPy and R).
 *
 * @param sorted rising, at least one value
 */
export function quantile(sorted: ArrayLike<number>, probability: number): number {
  const at = probability * (sorted.length - 1);
  const below = Math.floor(at);
  const fraction = at - below;
  const low = sorted[below];
  if (low === undefined) throw new RangeError(`no quantile ${probability} of ${sorted.length} values`);
  return fraction === 0 ? low : low + fraction * ((sorted[below + 1] ?? low) - low);
}

/**
 * Quantiles by their probability as text (`"0.5"` is the median), as results hold them. @param values at
 * least one
 */
export function quantiles(
  values: ArrayLike<number>,
  probabilities: readonly number[],
): Record<string, number> {
  const sorted = Float64Array.from(values).sort();
  return Object.fromEntries(probabilities.map((p) => [String(p), quantile(sorted, p)]));
}
