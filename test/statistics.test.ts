import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rate } from '../src/statistics.js';

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
        // Wilson: the ends are the probabilities whose own standard error reaches the observation, |p - x| = z sqrt(x (1 - x) / n).
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
