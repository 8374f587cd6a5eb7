import { describe, expect, it } from 'vitest';
import { logDistribution, medianBounds, shareBetween } from '../../../src/core/evaluation/distributions.js';

describe('logDistribution', () => {
  it('puts every value in exactly one class', () => {
    const values = [0, 0, 1e-50, 3e-7, 3e-7, 0.5, 10, 11, 1e30, Number.POSITIVE_INFINITY, Number.NaN];
    const d = logDistribution(values);
    expect(d).toMatchObject({ zeros: 2, below: 1, above: 2, nonFinite: 2 });
    const binned = d.histogram.counts.reduce((a, b) => a + b, 0);
    expect(binned + d.zeros + d.below + d.above + d.nonFinite).toBe(values.length);
  });

  it('has quantiles over zeros too', () => {
    expect(logDistribution([0, 0, 0, 1e-3, 1e-2]).quantiles['0.5']).toBe(0);
    expect(logDistribution([0, 1e-3, 1e-2]).quantiles['0.5']).toBe(1e-3);
    expect(logDistribution([Number.NaN]).quantiles).toEqual({});
  });
});

describe('shareBetween', () => {
  it('counts whole decades of the paper, up to 1 and not beyond', () => {
    const values = [0, 1e-12, 1e-9, 0.3, 3, 1e-20];
    const of = { ...logDistribution(values), images: values.length };
    expect(shareBetween(of, [-10, 0])).toMatchObject({ count: 2, total: 6 });
    expect(shareBetween(of, [-25, -15])).toMatchObject({ count: 1, total: 6 });
  });
});

describe('medianBounds', () => {
  it('are zero where most values are, and hold the median elsewhere', () => {
    expect(medianBounds(logDistribution([...Array(80).fill(0), ...Array(20).fill(1e-3)]))).toEqual({
      low: 0,
      high: 0,
    });
    const { low, high } = medianBounds(
      logDistribution(Array.from({ length: 101 }, (_, i) => 10 ** (-i / 10 - 0.05))),
    );
    // The median is 10^-5.05; ranks 40 to 62 of 101 reach from 10^-6.15 to 10^-3.95.
    expect(Math.log10(low)).toBeCloseTo(-7);
    expect(Math.log10(high)).toBeCloseTo(-3);
  });
});
