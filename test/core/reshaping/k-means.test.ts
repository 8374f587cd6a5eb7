import { describe, expect, it } from 'vitest';
import { kMeans } from '../../../src/core/reshaping/k-means.js';
import { stream } from '../../support/toolkit.js';

/** The smallest sum of squared distances over all ways to put the values into groups. */
function best(values: readonly number[], count: number): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let choice = 0; choice < count ** values.length; choice++) {
    const groups = values.map((_, i) => Math.floor(choice / count ** i) % count);
    const cost = [...Array(count).keys()].reduce((sum, k) => {
      const members = values.filter((_, i) => groups[i] === k);
      const mean = members.reduce((a, b) => a + b, 0) / members.length;
      return sum + members.reduce((a, b) => a + (b - mean) ** 2, 0);
    }, 0);
    smallest = Math.min(smallest, cost);
  }
  return smallest;
}

const costOf = (values: readonly number[], { centroids, codes }: ReturnType<typeof kMeans>) =>
  values.reduce((sum, value, i) => sum + (value - (centroids[codes[i] ?? 0] ?? 0)) ** 2, 0);

describe('k-means of numbers', () => {
  it.each([1, 2, 3, 4])('finds the best grouping of values in groups, seed %i', (seed) => {
    const random = stream(seed, 'values');
    const values = [-2, 0.5, 3].flatMap((middle) => [1, 2, 3].map(() => middle + 0.3 * random.uniform()));
    const found = kMeans(Float32Array.from(values), 3);
    expect(costOf(values, found)).toBeCloseTo(best(values, 3), 5);
  });

  it('gives each value the nearest centroid, and each centroid the mean of its values', () => {
    const random = stream(5, 'values');
    const values = Float32Array.from({ length: 300 }, () => random.normal());
    const { centroids, codes } = kMeans(values, 8);
    expect([...centroids]).toEqual([...centroids].sort((a, b) => a - b));
    values.forEach((value, i) => {
      const distances = [...centroids].map((centroid) => Math.abs(centroid - value));
      expect(distances[codes[i] ?? 0]).toBeCloseTo(Math.min(...distances), 6);
    });
    centroids.forEach((centroid, k) => {
      const members = values.filter((_, i) => codes[i] === k);
      if (members.length > 0)
        expect(members.reduce((a, b) => a + b, 0) / members.length).toBeCloseTo(centroid);
    });
  });

  it('starts from evenly spaced centroids, which keep large values apart', () => {
    // Of 100 small values and a large one the large one has a group of its own.
    const values = Float32Array.from({ length: 101 }, (_, i) => (i < 100 ? i / 1000 : 10));
    expect(kMeans(values, 2).centroids[1]).toBe(10);
  });

  it('takes equal values, and fewer values than groups', () => {
    expect(kMeans(Float32Array.of(2, 2, 2), 4).codes).toHaveLength(3);
    const { centroids, codes } = kMeans(Float32Array.of(-1, 1), 4);
    expect([...codes].map((code) => centroids[code])).toEqual([-1, 1]);
  });

  it('refuses no values', () => {
    expect(() => kMeans(new Float32Array(), 2)).toThrow(/values/);
  });
});
