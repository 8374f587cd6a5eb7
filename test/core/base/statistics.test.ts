import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRates, mcnemar, meanRate, rate } from '../../../src/core/base/statistics.js';

const counts = fc
  .tuple(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([total, share]) => [Math.round(share * total), total] as const);

describe('rate', () => {
  // Newcombe 1998, Statistics in Medicine 17, Table I, method 3 (Wilson score, no continuity correction).
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i has the published interval', (count, total, low, high) => {
    const result = rate(count, total);
    expect(result).toMatchObject({ count, total, value: count / total });
    expect(result.low).toBeCloseTo(low, 4);
    expect(result.high).toBeCloseTo(high, 4);
  });

  it('solves the equation that defines the interval', () => {
    fc.assert(
      fc.property(counts, ([count, total]) => {
        const { low, high } = rate(count, total);
        const p = count / total;
        // Wilson: the ends are the probabilities whose own standard error reaches the observation, |p - x| =
        // z sqrt(x (1 - x) / n).
        for (const x of [low!, high!]) {
          if (x === 0 || x === 1) continue;
          expect(Math.abs(p - x) / Math.sqrt((x * (1 - x)) / total)).toBeCloseTo(1.959964, 4);
        }
      }),
    );
  });

  it('stays inside [0, 1], holds its value and mirrors', () => {
    fc.assert(
      fc.property(counts, ([count, total]) => {
        const { value, low, high } = rate(count, total);
        expect(0 <= low! && low! <= value! && value! <= high! && high! <= 1).toBe(true);
        const other = rate(total - count, total);
        expect(other.low).toBeCloseTo(1 - high!, 10);
        expect(other.high).toBeCloseTo(1 - low!, 10);
      }),
    );
  });

  it('is certain about neither none nor all', () => {
    expect(rate(0, 10)).toMatchObject({ value: 0, low: 0 });
    expect(rate(0, 10).high).toBeGreaterThan(0.2);
    expect(rate(10, 10)).toMatchObject({ value: 1, high: 1 });
    expect(rate(10, 10).low).toBeLessThan(0.8);
    expect(rate(0, 1).high).toBeLessThan(1);
  });

  it('narrows with the number of trials', () => {
    const widths = [10, 100, 1000, 10_000].map((n) => rate(n / 2, n)).map((r) => r.high! - r.low!);
    expect([...widths].sort((a, b) => b - a)).toEqual(widths);
  });

  it('of nothing says nothing', () => {
    expect(rate(0, 0)).toEqual({ count: 0, total: 0, value: null, low: null, high: null });
  });
});

describe('mcnemar', () => {
  // Twice the tail of Binomial(n, 1/2), counted by hand: (1 + 10) / 1024 and so on.
  it.each([
    [1, 9, (2 * 11) / 1024],
    [0, 5, 2 / 32],
    [0, 6, 2 / 64],
    [2, 8, (2 * (1 + 10 + 45)) / 1024],
    [3, 3, 1],
    [4, 5, 1],
    [0, 0, 1],
  ])('%i against %i', (a, b, p) => {
    expect(mcnemar(a, b)).toBeCloseTo(p, 12);
    expect(mcnemar(b, a)).toBe(mcnemar(a, b));
  });

  it('agrees with exact integers', () => {
    const exact = (a: number, b: number): number => {
      const n = BigInt(a + b);
      let [term, sum] = [1n, 0n];
      for (let k = 0n; k <= BigInt(Math.min(a, b)); k++) {
        sum += term;
        term = (term * (n - k)) / (k + 1n);
      }
      return Math.min(1, 2 * (Number((sum * 10n ** 30n) >> n) / 1e30));
    };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: -150, max: 150 }), (a, d) => {
        const b = Math.max(0, a + d);
        const p = exact(a, b);
        expect(Math.abs(mcnemar(a, b) - p)).toBeLessThanOrEqual(1e-9 * p + 1e-28);
      }),
      { numRuns: 60 },
    );
  });

  it('stays a number for thousands', () => {
    expect(mcnemar(5000, 5200)).toBeCloseTo(0.0487, 3);
    expect(mcnemar(0, 10_000)).toBe(0);
  });
});

describe('compareRates and meanRate', () => {
  it('are clear only when intervals do not overlap', () => {
    expect(compareRates(rate(100, 1000), rate(200, 1000))).toBe('lower');
    expect(compareRates(rate(200, 1000), rate(100, 1000))).toBe('higher');
    expect(compareRates(rate(450, 500), rate(449, 500))).toBe('unclear');
    expect(compareRates(rate(0, 0), rate(449, 500))).toBe('unclear');
  });

  it('average values and ends', () => {
    const [a, b] = [rate(10, 100), rate(30, 100)];
    expect(meanRate([a, b])!.value).toBeCloseTo(0.2);
    expect(meanRate([a, b])!.high).toBeCloseTo((a.high! + b.high!) / 2);
    expect(meanRate([a, rate(0, 0)])).toBeUndefined();
    expect(meanRate([])).toBeUndefined();
  });
});
