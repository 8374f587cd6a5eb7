import fc from 'fast-check';
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

describe('parseFraction', () => {
  it.each([
    ['0', 0],
    ['0.25', 0.25],
    ['.5', 0.5],
    ['5.', 5],
    ['1/64', 1 / 64],
    ['8/255', 8 / 255],
    ['1e-3', 1e-3],
    ['2E+1', 20],
    ['.5e1', 5],
    ['0.5/2', 0.25],
    [' 1/8 ', 1 / 8],
    ['0/5', 0],
  ])('reads %j', (text, value) => {
    expect(parseFraction(text)).toBe(value);
  });

  it.each([
    '',
    ' ',
    '-1',
    '+1',
    '1/0',
    '0/0',
    '1/',
    '/2',
    '1/2/3',
    '1/-2',
    'abc',
    '0x10',
    '1,5',
    'Infinity',
    'NaN',
    '1e999',
    '1 / 2',
    '.',
    '1e',
    '٣',
  ])('refuses %j', (text) => {
    expect(parseFraction(text)).toBeUndefined();
  });

  it('reads back any positive number', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parseFraction(String(value))).toBe(value + 0);
      }),
    );
  });

  it('gives a finite non-negative number or nothing, whatever it is fed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9./e-]{0,8}$/)), (text) => {
        const value = parseFraction(text);
        expect(value === undefined || (Number.isFinite(value) && value >= 0)).toBe(true);
      }),
    );
  });
});
