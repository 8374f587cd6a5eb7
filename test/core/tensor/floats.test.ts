import { describe, expect, it } from 'vitest';
import { allFinite, argMax, concatenate } from '../../../src/core/tensor/floats.js';
import { float32 } from '../../../src/core/tensor/tensor.js';

describe('argMax', () => {
  it('is the first of the largest', () => {
    expect([...argMax(float32([4, 3], [1, 2, 2, 0, 0, 0, -5, -1, -3, -Infinity, -1e30, -Infinity]))]).toEqual(
      [1, 0, 1, 1],
    );
    expect(argMax(float32([0, 3], []))).toEqual(new Int32Array(0));
  });
});

describe('allFinite', () => {
  it.each([[[NaN]], [[1, Infinity]], [[-Infinity, 2, 3]]])('refuses %j', (values) => {
    expect(allFinite(new Float32Array(values))).toBe(false);
  });

  it('takes everything else, nothing included', () => {
    expect(allFinite(new Float32Array([0, -0, 3.4e38, 1e-45]))).toBe(true);
    expect(allFinite(new Float32Array())).toBe(true);
  });
});

describe('concatenate', () => {
  it('keeps the order, empty parts included', () => {
    const parts = [[1, 2], [], [3]].map((part) => new Float32Array(part));
    expect([...concatenate(parts)]).toEqual([1, 2, 3]);
    expect(concatenate([])).toHaveLength(0);
  });

  it('does not copy a single part', () => {
    const only = new Float32Array([1]);
    expect(concatenate([only])).toBe(only);
  });
});
