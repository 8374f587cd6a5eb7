import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFraction, parseReshaping, reshapings } from '../../../src/core/reshaping/index.js';
import { dataOf } from '../../support/errors.js';

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

describe('parseReshaping', () => {
  it.each([
    ['none', 'identity', {}, 'none'],
    ['identity', 'identity', {}, 'none'],
    ['hash', 'hash', { rate: 1 / 64 }, 'hash:0.015625'],
    ['hash:1/8', 'hash', { rate: 1 / 8 }, 'hash:1/8'],
    ['hash:1', 'hash', { rate: 1 }, 'hash:1'],
    [' hash : 1/8 ', 'hash', { rate: 1 / 8 }, 'hash:1/8'],
    ['inhibit:0', 'inhibit', { tau: 0 }, 'inhibit:0'],
    ['inhibit', 'inhibit', { tau: 0.1 }, 'inhibit:0.1'],
  ])('reads %j', (text, name, parameters, spelled) => {
    const choice = parseReshaping(text);
    expect(choice.reshaping).toBe(reshapings[name]);
    expect(choice.parameters).toEqual(parameters);
    expect(choice.text).toBe(spelled);
    // What it spells is what it reads.
    expect(parseReshaping(choice.text).parameters).toEqual(parameters);
  });

  it.each([
    'hash:',
    'hash:0',
    'hash:2',
    'hash:1/0',
    'hash:-1',
    'hash:x',
    'hash:1/8:9',
    'hash:1/8:',
    'inhibit:-1',
    'inhibit:1e7',
    'none:1',
    'none:',
    'identity:0',
  ])('refuses %j with what it expected', async (text) => {
    const data = await dataOf('bad-value', () => parseReshaping(text));
    expect(data.received).toBe(`"${text.slice(text.indexOf(':') + 1)}"`);
    expect(data.expected).toMatch(/number|no parameter/);
  });

  it.each([
    ['hsah:1/8', 'hash'],
    ['inhibt', 'inhibit'],
    ['HASH', 'hash'],
    ['', undefined],
    ['__proto__', undefined],
    ['constructor', undefined],
  ])('does not know %j', async (text, near) => {
    const data = await dataOf('unknown-name', () => parseReshaping(text));
    expect(data.nearest).toBe(near);
    expect(data.known).toEqual(Object.keys(reshapings));
  });
});
