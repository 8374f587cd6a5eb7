import { type Rate, rate } from '../../../core/base/statistics.js';
import { binsOf, countBetween } from '../../../core/evaluation/distributions.js';
import type { Gradients } from '../select-results.js';

/** Share of inputs whose gradient is exactly zero. */
export const zeroRate = ({ zeros, images }: Gradients): Rate => rate(zeros, images);

export interface GradientBins {
  /** Width of a bin in powers of ten. */
  readonly step: number;
  readonly low: number;
  readonly high: number;
  /**
   * Lowest edge of the stored histograms, below which inputs were counted without a bin; undefined when there
   * are none.
   */
  readonly below: number | undefined;
  /** Tallest column in percent, columns for zero and below included, rounded up to tens. */
  readonly top: number;
}

/**
 * Common bins for several distributions, wide enough to compare with the column of zeros, which is a single
 * value.
 */
export function commonBins(all: readonly Gradients[], minimum: readonly [number, number]): GradientBins {
  const hasBelow = all.some((g) => g.below > 0);
  const lowest = all.flatMap(({ histogram }) => histogram.edges.slice(0, 1));
  const used = all.flatMap(({ histogram }) =>
    binsOf(histogram).flatMap(({ low, high, count }) => (count > 0 ? [low, high] : [])),
  );
  const [min, max] = [
    Math.min(minimum[0], ...used, ...(hasBelow ? lowest : [])),
    Math.max(minimum[1], ...used, ...(hasBelow ? lowest : [])),
  ];
  const step = max - min <= 15 ? 1 : 2;
  const bins = { step, low: Math.floor(min / step) * step, high: Math.ceil(max / step) * step };
  const tallest = Math.max(
    0.1,
    ...all.flatMap((g) => [
      g.zeros / Math.max(1, g.images),
      g.below / Math.max(1, g.images),
      ...binShares(g, bins).map((b) => b.share),
    ]),
  );
  return {
    ...bins,
    below: hasBelow ? Math.min(...lowest) : undefined,
    top: Math.min(100, Math.ceil(tallest * 10) * 10),
  };
}

export function binShares(
  gradients: Gradients,
  { step, low, high }: Pick<GradientBins, 'step' | 'low' | 'high'>,
): { from: number; to: number; share: number }[] {
  return Array.from({ length: Math.round((high - low) / step) }, (_, i) => {
    const [from, to] = [low + i * step, low + (i + 1) * step];
    return { from, to, share: countBetween(gradients.histogram, [from, to]) / Math.max(1, gradients.images) };
  });
}
