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
  /** Probability to value, linearly interpolated between order statistics. */
  readonly quantiles: Record<string, number>;
}

const PROBABILITIES = [0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1];

/** @param values at least one */
export function describe(values: ArrayLike<number>): Distribution {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  const mean = sorted.reduce((sum, v) => sum + v, 0) / count;
  const variance = sorted.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count;
  return {
    count,
    min: sorted[0]!,
    max: sorted[count - 1]!,
    mean,
    standardDeviation: Math.sqrt(variance),
    quantiles: Object.fromEntries(PROBABILITIES.map((p) => [String(p), quantile(sorted, p)])),
  };
}

/** @param sorted rising, at least one value */
export function quantile(sorted: ArrayLike<number>, probability: number): number {
  const at = probability * (sorted.length - 1);
  const below = Math.floor(at);
  const fraction = at - below;
  const low = sorted[below]!;
  return fraction === 0 ? low : low + fraction * (sorted[below + 1]! - low);
}

/** Values outside the edges are in no bin. */
export function histogram(values: ArrayLike<number>, edges: readonly number[]): Histogram {
  const bins = edges.length - 1;
  const counts = new Array<number>(bins).fill(0);
  const [low, high] = [edges[0]!, edges[bins]!];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= low && value <= high)) continue;
    let [a, b] = [0, bins];
    while (b - a > 1) {
      const middle = (a + b) >> 1;
      if (value >= edges[middle]!) a = middle;
      else b = middle;
    }
    counts[a]! += 1;
  }
  return { edges: [...edges], counts };
}

/** `bins` bins of equal width from `low` to `high`. */
export const evenEdges = (low: number, high: number, bins: number): number[] =>
  Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);

/** One bin for each power of ten, from the smallest positive float32 (1.4e-45) to 1. */
export const DECADES: readonly number[] = evenEdges(-46, 1, 47);

export interface LogDistribution {
  /** Exactly zero; in no bin. */
  readonly zeros: number;
  /** Positive, but below the first edge. */
  readonly below: number;
  readonly histogram: Histogram;
  /** Of the positive values themselves, not of their logarithms; empty when there are none. */
  readonly quantiles: Record<string, number>;
}

/**
 * Distribution of non-negative numbers over powers of ten, down to exact zero (Liu et al., Fig. 7 and 9).
 * @param values finite, not negative
 */
export function logDistribution(values: ArrayLike<number>): LogDistribution {
  const positive = Array.from(values).filter((v) => v > 0);
  const logs = positive.map(Math.log10);
  return {
    zeros: values.length - positive.length,
    below: logs.filter((v) => v < DECADES[0]!).length,
    histogram: histogram(logs, DECADES),
    quantiles: positive.length > 0 ? describe(positive).quantiles : {},
  };
}
