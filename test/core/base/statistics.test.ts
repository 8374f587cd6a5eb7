import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  comparePaired,
  compareRates,
  exactInterval,
  mcnemar,
  meanRate,
  pairedCounts,
  quantile,
  quantiles,
  rate,
  rateOf,
} from '../../../src/core/base/statistics.js';

const counts = fc
  .tuple(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([total, share]) => [Math.round(share * total), total] as const);

describe('exactInterval', () => {
  // Newcombe 1998, Statistics in Medicine 17, Table I, method 5 (Clopper-Pearson, exact).
  it.each([
    [81, 263, 0.2527, 0.3676],
    [15, 148, 0.0578, 0.1617],
    [0, 20, 0, 0.1684],
    [1, 29, 0.0009, 0.1776],
  ])('%i of %i is the published one', (count, total, low, high) => {
    const exact = exactInterval(count, total);
    expect(exact.low).toBeCloseTo(low, 4);
    expect(exact.high).toBeCloseTo(high, 4);
  });

  it('of all inputs has the closed form, and of nothing is none', () => {
    for (const n of [1, 4, 20, 1000]) {
      const { low, high } = exactInterval(n, n);
      expect(low).toBeCloseTo(0.025 ** (1 / n), 12);
      expect(high).toBe(1);
    }
    expect(exactInterval(0, 0)).toEqual({ low: null, high: null });
  });

  it('holds the share, is the mirror image of that of the others, wider than Wilson near the ends', () => {
    fc.assert(
      fc.property(counts, ([count, total]) => {
        const { low, high } = exactInterval(count, total);
        const other = exactInterval(total - count, total);
        expect(low).toBeLessThanOrEqual(count / total);
        expect(high).toBeGreaterThanOrEqual(count / total);
        expect(1 - (other.high ?? 0)).toBeCloseTo(low ?? 1, 9);
      }),
      { numRuns: 40 },
    );
    expect(exactInterval(4, 4).low).toBeLessThan(rate(4, 4).low ?? 0);
  });
});

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

describe('paired outcomes', () => {
  it('are counted where both have the input, and it is counted', () => {
    const [a, b] = [Uint8Array.of(1, 1, 0, 0, 1), Uint8Array.of(1, 0, 1, 0)];
    expect(pairedCounts(a, b)).toEqual({ both: 1, onlyA: 1, onlyB: 1, neither: 1 });
    expect(pairedCounts(a, b, (i) => i > 0)).toEqual({ both: 0, onlyA: 1, onlyB: 1, neither: 1 });
    expect(pairedCounts([true, false], [false, false])).toEqual({ both: 0, onlyA: 1, onlyB: 0, neither: 1 });
  });

  it('are compared by the exact test', () => {
    // 2 * 2^-6 is below 0.05, 2 * 2^-5 is not.
    expect(comparePaired({ onlyA: 6, onlyB: 0 })).toBe('higher');
    expect(comparePaired({ onlyA: 0, onlyB: 6 })).toBe('lower');
    expect(comparePaired({ onlyA: 5, onlyB: 0 })).toBe('unclear');
    expect(comparePaired({ onlyA: 6, onlyB: 0 }, 0.01)).toBe('unclear');
  });

  it('of one run are a rate', () => expect(rateOf(Uint8Array.of(1, 0, 0, 1))).toEqual(rate(2, 4)));
});

describe('quantile', () => {
  // numpy.quantile([1, 2, 4, 8], p), whose default is type 7 of Hyndman and Fan.
  it.each([
    [0, 1],
    [0.1, 1.3],
    [0.25, 1.75],
    [0.5, 3],
    [0.75, 5],
    [0.9, 6.8],
    [1, 8],
  ])('%d of 1, 2, 4, 8 is %d', (probability, value) => {
    expect(quantile([1, 2, 4, 8], probability)).toBeCloseTo(value, 12);
  });

  it('of one value is that value, of none is an error', () => {
    expect(quantile([7], 0.3)).toBe(7);
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });

  it('sorts by size, not by text', () => {
    expect(quantiles([10, 9, 100], [0, 0.5])).toEqual({ '0': 9, '0.5': 10 });
  });
});
