/** A share with its count and 95 % Wilson interval; `value` is null when nothing was counted. */
export interface Rate {
  readonly count: number;
  readonly total: number;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

const Z95 = 1.959963984540054;

/**
 * `count` out of `total` with its 95 % Wilson score interval (Wilson 1927), which stays inside [0, 1] and
 * keeps its coverage near 0 and 1, where adversarial success rates often are.
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

/** How one rate compares with another: "unclear" where their 95 % intervals overlap or a total is 0. */
export type Standing = 'lower' | 'higher' | 'unclear';

/** For rates of different inputs; for two models on the same inputs `mcnemar` has more power. */
export function compareRates(rate: Interval, base: Interval): Standing {
  if (rate.low === null || rate.high === null || base.low === null || base.high === null) return 'unclear';
  if (rate.high < base.low) return 'lower';
  return rate.low > base.high ? 'higher' : 'unclear';
}

type Interval = Pick<Rate, 'low' | 'high'>;

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
  if (rates.length === 0 || rates.some((r) => r.value === null)) return undefined;
  const mean = (key: 'value' | 'low' | 'high') => rates.reduce((sum, r) => sum + r[key]!, 0) / rates.length;
  return { value: mean('value'), low: mean('low'), high: mean('high') };
}
