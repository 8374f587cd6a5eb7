import { describe, expect, it } from 'vitest';
import { bounded } from '../../../src/core/base/bounded.js';

describe('a number of elements that a file implies', () => {
  it('is taken within the limit', () => {
    expect([0, 1, 1000].map((count) => bounded(count))).toEqual([0, 1, 1000]);
  });

  it.each([-1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY])('%s is none', (count) => {
    expect(() => bounded(count)).toThrowError(/elements/);
  });

  it.each([2 ** 40, 1e300, Number.POSITIVE_INFINITY])('%s is too large', (count) => {
    expect(() => bounded(count)).toThrowError(/more than the limit/);
  });
});
