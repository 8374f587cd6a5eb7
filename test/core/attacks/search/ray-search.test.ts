import { describe, expect, it } from 'vitest';
import { raySearch } from '../../../../src/core/attacks/search/ray-search.js';

/** Fooled where the sum of weights times signs, times the radius, is above the rise. */
function searched(weights: readonly number[], rise: number, questions: number, tolerance = 1e-3) {
  const ray = raySearch(weights.length, 1, tolerance);
  const slope = (signs: Int8Array) => weights.reduce((sum, w, i) => sum + w * (signs[i] ?? 0), 0);
  const asked: number[] = [];
  for (let q = 0; q < questions; q++) {
    const { signs, radius } = ray.tried;
    asked.push(radius);
    ray.hear(radius * slope(signs) > rise);
  }
  return { ...ray.best, asked };
}

describe('the search for a ray', () => {
  it('finds the corner of a linear boundary, and its radius to the tolerance', () => {
    const weights = [1, 2, -3, 1, -1, 2, 4, -2];
    const { signs, radius } = searched(weights, 8, 400);
    expect([...signs]).toEqual(weights.map(Math.sign));
    expect(radius).toBeGreaterThan(0.5);
    expect(radius).toBeLessThanOrEqual(0.5 + 1e-3);
  });

  it('asks once about a ray that is not better than the best', () => {
    // All signs negative is the best ray: the first stage finds it, and no flip improves it.
    const { asked, radius } = searched([-1, -1, -1, -1], 2, 40);
    const search = Math.ceil(Math.log2(1 / 1e-3));
    expect(asked[0]).toBe(1);
    expect(asked.slice(1 + search, 1 + search + 6)).toEqual(Array(6).fill(radius));
  });

  it('knows no radius while nothing fools', () => {
    const { radius, asked } = searched([1, 1], 5, 20);
    expect(radius).toBe(Number.POSITIVE_INFINITY);
    expect(new Set(asked)).toEqual(new Set([1]));
  });

  it('what it has found is never more than was asked about and fooled', () => {
    for (let questions = 1; questions < 40; questions++) {
      const { radius, signs } = searched([3, -1, 2, 0.5], 3, questions);
      if (!Number.isFinite(radius)) continue;
      const slope = 3 * signs[0]! - signs[1]! + 2 * signs[2]! + 0.5 * signs[3]!;
      expect(radius * slope).toBeGreaterThan(3);
    }
  });
});
