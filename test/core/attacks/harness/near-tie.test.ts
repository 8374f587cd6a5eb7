import { expect, it } from 'vitest';
import { clearlyAbove } from '../../../../src/core/attacks/harness/near-tie.js';

it.each([
  [1.002, 1, true],
  [1.0009, 1, false],
  [1, 1, false],
  [1, 1.002, false],
  // Relative to the larger of the two, but to no less than 1.
  [1002, 1000, true],
  [1000.5, 1000, false],
  [-1000, -1002, true],
  [1e-3, 1e-4, false],
  [Number.NaN, 0, false],
  [0, Number.NaN, false],
])('%d is clearly above %d: %s', (logit, other, expected) => {
  expect(clearlyAbove(logit, other)).toBe(expected);
});
