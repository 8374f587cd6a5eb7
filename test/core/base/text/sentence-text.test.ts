import { describe, expect, it } from 'vitest';
import {
  decapitalized,
  duration,
  enumerate,
  listed,
  markdownTable,
  plural,
  table,
  time,
} from '../../../../src/core/base/text/index.js';

describe('lists in sentences', () => {
  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
    [['a, b', 'c', 'd'], 'a, b; c; and d'],
  ])('%j', (items, text) => expect(enumerate(items)).toBe(text));

  it('end where there are too many', () => {
    expect(listed(['a', 'b', 'c'], 3)).toBe('a; b; c');
    expect(listed(['a', 'b', 'c', 'd'], 2, ', ')).toBe('a, b, and 2 more');
  });

  it('take the number of what they name', () => {
    expect(plural(1, 'model')).toBe('1 model');
    expect(plural(1200, 'entry', 'entries')).toBe('1,200 entries');
    expect(decapitalized('Margin')).toBe('margin');
  });
});

describe('times', () => {
  it.each([
    [0.04, '0.0 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [200, '3 min 20 s'],
    [7500, '2 h 05 min'],
  ])('%d seconds: %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  it('are shown to the minute, and left alone where they are none', () => {
    expect(time('2026-05-09T17:20:31.000Z')).toBe('2026-05-09 17:20 UTC');
    expect(time('yesterday')).toBe('yesterday');
  });
});

describe('tables', () => {
  it('align numbers to the right and text to the left', () => {
    expect(table(['name', 'n'], [['a', '5'], ['bb', '1,200']])).toBe('name      n\na         5\nbb ' +
      '   1,200'); // biome-ignore format: rows
  });

  it('of Markdown keep a bar in its cell', () => {
    expect(markdownTable(['a|b', 'c'], [['1\n2', undefined]])).toBe(
      '| a\\|b | c |\n| --- | --- |\n| 1 2 |  |',
    );
  });
});
