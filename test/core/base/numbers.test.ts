import { describe, expect, it } from 'vitest';
import { formatEpsilon, parseFraction } from '../../../src/core/base/numbers.js';

describe('formatEpsilon', () => {
  it.each([
    [8 / 255, '8/255'],
    [1 / 255, '1/255'],
    // 51/255, 0.2, is written as people write it.
    [0.2, '0.2'],
    [0.5, '0.5'],
    [0.03, '0.03'],
    [0.0314, '0.0314'],
    [0, '0'],
    [1, '1'],
    [1 / 3, '0.333'],
  ])('%d as %s', (value, text) => expect(formatEpsilon(value)).toBe(text));

  it('is read back as it was', () => {
    for (let k = 0; k <= 64; k++) expect(parseFraction(formatEpsilon(k / 255))).toBeCloseTo(k / 255, 12);
  });
});
