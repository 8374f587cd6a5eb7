import { describe, expect, it } from 'vitest';
import { calibrations, type Distribution } from '../../../src/core/quantization/ranges.js';

/** Counts of values in 2048 bins from low to high. */
function distribution(low: number, high: number, values: readonly number[]): Distribution {
  const histogram = new Float64Array(2048);
  for (const value of values) {
    const bin = Math.min(2047, Math.floor(((value - low) / (high - low)) * 2048));
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  return { low, high, histogram };
}

/** Evenly spread from 0 to 1, and one outlier. */
const withOutlier = distribution(0, 100, [...Array.from({ length: 9999 }, (_, i) => i / 9999), 100]);

describe('ranges of calibration', () => {
  it('minmax takes all values', () => {
    expect(calibrations.minmax.range(withOutlier, 99)).toEqual([0, 100]);
  });

  it('percentile leaves out as many values as it says', () => {
    const even = distribution(
      -1,
      1,
      Array.from({ length: 100_000 }, (_, i) => (2 * i) / 99_999 - 1),
    );
    const [low, high] = calibrations.percentile.range(even, 90);
    expect(low).toBeCloseTo(-0.9, 2);
    expect(high).toBeCloseTo(0.9, 2);
    expect(calibrations.percentile.range(even, 100)).toEqual([-1, 1]);
    expect(calibrations.percentile.range(withOutlier, 99.9)[1]).toBeLessThan(1.1);
  });

  it('mse is no worse than any other range that is tried', () => {
    // 9999 rounding errors of (100 / 255)^2 / 12 against one clipped value.
    const cost = (high: number) => 9999 * ((high / 255) ** 2 / 12) + (100 - high) ** 2;
    const best = Array.from({ length: 112 }, (_, i) => ((128 - i) / 128) * 100).reduce((a, b) =>
      cost(b) < cost(a) ? b : a,
    );
    expect(calibrations.mse.range(withOutlier, 99)[1]).toBeCloseTo(best, 6);
    // Of values without outliers all are kept.
    const even = distribution(
      -1,
      1,
      Array.from({ length: 4096 }, (_, i) => (2 * i) / 4095 - 1),
    );
    expect(calibrations.mse.range(even, 99)).toEqual([-1, 1]);
  });

  it('entropy cuts off a long tail and keeps an even distribution', () => {
    const even = distribution(
      0,
      1,
      Array.from({ length: 4096 }, (_, i) => i / 4095),
    );
    expect(calibrations.entropy.range(even, 99)[1]).toBeGreaterThan(0.9);
    const [low, high] = calibrations.entropy.range(withOutlier, 99);
    expect(low).toBe(0);
    expect(high).toBeLessThanOrEqual(50);
    // The commonest value may lie at the end: it is kept.
    const black = distribution(-1, 1, [
      ...Array(9000).fill(-1),
      ...Array.from({ length: 999 }, (_, i) => i / 999),
    ]);
    expect(calibrations.entropy.range(black, 99)[0]).toBe(-1);
  });
});
