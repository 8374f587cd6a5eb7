import { describe, expect, it } from 'vitest';
import { findIn } from '../../../src/core/base/names.js';
import { parseReshaping, reshapings } from '../../../src/core/reshaping/index.js';
import { dataOf } from '../../support/errors.js';

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
    expect(choice.reshaping).toBe(findIn(reshapings, name));
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
