import { quantile, quantiles, type Rate, rate } from '../base/statistics.js';

/** A histogram: `edges` has one more entry than `counts`; the last bin includes its upper edge. */
export interface Histogram {
  readonly edges: number[];
  readonly counts: number[];
}

export interface Distribution {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly standardDeviation: number;
  /** Probability to value; see `quantile`. */
  readonly quantiles: Record<string, number>;
}

const PROBABILITIES = [0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1];

/**
 * Count, mean, standard deviation and quantiles of a distribution.
 * @param values at least one
 */
export function describe(values: ArrayLike<number>): Distribution {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  const mean = sorted.reduce((sum, v) => sum + v, 0) / count;
  const variance = sorted.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count;
  return {
    count,
    min: quantile(sorted, 0),
    max: quantile(sorted, 1),
    mean,
    standardDeviation: Math.sqrt(variance),
    quantiles: quantiles(sorted, PROBABILITIES),
  };
}

/** Values outside the edges are in no bin. */
export function histogram(values: ArrayLike<number>, edges: readonly number[]): Histogram {
  const bins = edges.length - 1;
  const counts = new Array<number>(bins).fill(0);
  const { low, high } = endsOf(edges);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!(value >= low && value <= high)) continue;
    let [a, b] = [0, bins];
    while (b - a > 1) {
      const middle = (a + b) >> 1;
      if (value >= (edges[middle] ?? high)) a = middle;
      else b = middle;
    }
    counts[a] = (counts[a] ?? 0) + 1;
  }
  return { edges: [...edges], counts };
}

/** The lowest and the highest edge. @param edges rising, at least one */
const endsOf = (edges: readonly number[]): { low: number; high: number } => ({
  low: edges[0] ?? Number.NaN,
  high: edges.at(-1) ?? Number.NaN,
});

/** The bins of a histogram, each with its edges. */
export const binsOf = ({ edges, counts }: Histogram): { low: number; high: number; count: number }[] =>
  counts.flatMap((count, i) => {
    const [low, high] = [edges[i], edges[i + 1]];
    return low === undefined || high === undefined ? [] : [{ low, high, count }];
  });

/** `bins` bins of equal width from `low` to `high`. */
export const evenEdges = (low: number, high: number, bins: number): number[] =>
  Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);

/** One bin for each power of ten, from below the smallest positive float32 (1.4e-45) to 10. */
export const DECADES: readonly number[] = evenEdges(-46, 1, 47);

/** Every value is in exactly one of `zeros`, `below`, `above`, `nonFinite` and the bins. */
export interface LogDistribution {
  /** Exactly zero; in no bin. */
  readonly zeros: number;
  /** Positive, but below the first edge. */
  readonly below: number;
  /** Finite, but above the last edge. */
  readonly above: number;
  /** Infinite or not a number: something overflowed. */
  readonly nonFinite: number;
  readonly histogram: Histogram;
  /** Of all finite values, zeros included; not of their logarithms. Empty when there are none. */
  readonly quantiles: Record<string, number>;
}

/**
 * Distribution of non-negative numbers over powers of ten, down to exact zero (Liu et al., Fig. 7 and 9).
 * @param values not negative
 */
export function logDistribution(values: ArrayLike<number>): LogDistribution {
  const finite = Array.from(values).filter(Number.isFinite);
  const logs = finite.filter((v) => v > 0).map(Math.log10);
  const { low: first, high: last } = endsOf(DECADES);
  return {
    zeros: finite.length - logs.length,
    below: logs.filter((v) => v < first).length,
    above: logs.filter((v) => v > last).length,
    nonFinite: values.length - finite.length,
    histogram: histogram(logs, DECADES),
    quantiles: finite.length > 0 ? describe(finite).quantiles : {},
  };
}

/** A range of powers of ten, as exponents: [-10, 0] is 1e-10 to 1. */
export type Powers = readonly [number, number];

/**
 * How many values of a histogram over exponents of ten lie between two powers of ten; a bin that is cut
 * counts in proportion, so that the answer need not be whole. Exact zeros are in no bin, hence in no range.
 */
export function countBetween(histogram: Histogram, [from, to]: Powers): number {
  return binsOf(histogram).reduce((sum, { low, high, count }) => {
    const overlap = Math.min(high, to) - Math.max(low, from);
    return overlap <= 0 ? sum : sum + count * Math.min(1, overlap / (high - low));
  }, 0);
}

/** Share of all inputs whose mean absolute gradient lies between two powers of ten. */
export const shareBetween = (
  { histogram, images }: { readonly histogram: Histogram; readonly images: number },
  range: Powers,
): Rate => rate(Math.round(countBetween(histogram, range)), images);

/**
 * Values between which the median most likely lies (95 %, from order statistics, no assumption about the
 * distribution), widened to the edges of the bins they fall into. Non-finite values count as larger than all
 * others.
 */
export function medianBounds(d: Omit<LogDistribution, 'quantiles'>): { low: number; high: number } {
  const ends = endsOf(d.histogram.edges);
  const classes = [
    { count: d.zeros, low: 0, high: 0 },
    { count: d.below, low: 0, high: 10 ** ends.low },
    ...binsOf(d.histogram).map(({ count, low, high }) => ({ count, low: 10 ** low, high: 10 ** high })),
    { count: d.above + d.nonFinite, low: 10 ** ends.high, high: Number.POSITIVE_INFINITY },
  ];
  const total = classes.reduce((sum, c) => sum + c.count, 0);
  // Ranks around the middle by the normal approximation of Binomial(n, 1/2): 1.96 standard deviations of
  // sqrt(n) / 2.
  const reach = 0.98 * Math.sqrt(total);
  const at = (rank: number) => {
    let passed = 0;
    return classes.find((c) => {
      passed += c.count;
      return c.count > 0 && rank <= passed;
    });
  };
  const low = at(Math.max(1, Math.floor(total / 2 - reach)));
  const high = at(Math.min(total, Math.ceil(total / 2 + reach) + 1));
  return { low: low?.low ?? 0, high: high?.high ?? Number.POSITIVE_INFINITY };
}
