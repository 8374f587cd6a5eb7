import { describe, expect, it } from 'vitest';
import {
  type Bounds,
  clipAt,
  isUniform,
  limitAt,
  limitsOf,
  rangeOf,
} from '../../../../src/core/attacks/harness/bounds.js';
import { nearestLevels, roundInside, wholeSteps } from '../../../../src/core/attacks/harness/rounding.js';
import { float32 } from '../../../support/toolkit.js';

const each: Bounds = [float32([3], [0, 0.25, 0.5]), float32([3], [1, 0.75, 0.5])];

describe('bounds', () => {
  it('of numbers are the same for all elements, and the arrays are kept', () => {
    expect(isUniform([0, 1])).toBe(true);
    const { low, high } = limitsOf([0, 1], 3);
    expect([...low, ...high]).toEqual([0, 0, 0, 1, 1, 1]);
    expect(limitsOf([0, 0.5], 3).low).toBe(low);
    expect(limitsOf([0, 1], 4).low).not.toBe(low);
    expect(rangeOf([0.25, 1], 3)).toBe(0.75);
  });

  it('of tensors are those of each element; one of both may be a number', () => {
    expect(isUniform(each)).toBe(false);
    expect([...limitsOf(each, 3).high]).toEqual([1, 0.75, 0.5]);
    expect([...limitsOf([each[0], 0.875], 3).high]).toEqual([0.875, 0.875, 0.875]);
    expect([0, 1, 2].map((i) => limitAt(each[1], i))).toEqual([1, 0.75, 0.5]);
    expect([0, 1, 2].map((i) => clipAt(0.1, each, i))).toEqual([0.1, 0.25, 0.5]);
    expect(rangeOf(each, 3)).toBe(1);
    expect(rangeOf([each[0], 0.5], 3)).toBe(0.5);
    expect(() => limitsOf(each, 4)).toThrow(RangeError);
  });
});

describe('levels of a file', () => {
  const grid = { levels: [0, 1] as const, steps: 4, bounds: each };
  const image = (values: number[]) => float32([1, 3], values);

  it('are the nearest ones inside the bounds; a fixed element stays', () => {
    expect([...nearestLevels(image([0.3, 0.7, 0.5]), grid).data]).toEqual([0.25, 0.75, 0.5]);
    // 0.5 is the only level from 0.3 to 0.7; there is none from 0.3 to 0.4.
    const narrow = { ...grid, bounds: [0.3, float32([3], [0.7, 0.4, 0.7])] as const };
    expect([...nearestLevels(image([0.31, 0.35, 0.69]), narrow).data]).toEqual([0.5, Math.fround(0.35), 0.5]);
  });

  it('outside the bounds are never proposed: rounding goes back towards the original', () => {
    const bounds = [0.3, 0.7] as const;
    const [original, inside] = [image([0.5, 0.5, 0.5]), image([0.69, 0.31, 0.6])];
    const rounded = roundInside(original, inside, { ...grid, bounds, norm: 'Linf', size: 0.2 });
    expect([...rounded.data]).toEqual([0.5, 0.5, 0.5]);
  });

  it('of elements without a range are that one value', () => {
    const flat = { levels: [0.5, 0.5] as const, steps: 4, bounds: [0.5, 0.5] as const };
    expect([...nearestLevels(image([0.5, 0.5, 0.5]), flat).data]).toEqual([0.5, 0.5, 0.5]);
  });

  it('make a ball of whole steps where they are the same for all elements', () => {
    expect(wholeSteps(0.3, [0, 1], 4)).toBe(0.25);
    expect(wholeSteps(0.3, each, 4)).toBe(0.3);
  });
});
