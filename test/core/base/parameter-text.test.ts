import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinName, readParameters, splitCombined, splitName } from '../../../src/core/base/parameter-text.js';
import { choice, flag, integer, number } from '../../../src/core/base/parameters.js';
import { dataOf } from '../../support/errors.js';

const about = { help: 'help', source: 'test' };
const descriptors = {
  rate: number({ ...about, unit: 'fraction', default: 0.5, minimum: 0, maximum: 1 }),
  steps: integer({ ...about, unit: 'steps', default: 7, minimum: 1, maximum: 100 }),
  start: choice({ ...about, default: 'yes', choices: ['yes', 'no'] }),
  'warm-up': flag({ ...about, default: false }),
} as const;
const read = (text: string) => readParameters(splitName(text), descriptors);

describe('the grammar of parameters', () => {
  it.each([
    ['thing', 'thing:0.5,steps=7,start=yes,warm-up=no'],
    ['thing:1/8', 'thing:0.125,steps=7,start=yes,warm-up=no'],
    ['thing:rate=1/8', 'thing:0.125,steps=7,start=yes,warm-up=no'],
    [' thing : 0.25 , start = no , warm-up=yes', 'thing:0.25,steps=7,start=no,warm-up=yes'],
    ['thing:steps=3', 'thing:0.5,steps=3,start=yes,warm-up=no'],
  ])('reads %j as %s, and that as itself', (text, full) => {
    const written = joinName('thing', read(text).text);
    expect(written).toBe(full);
    expect(joinName('thing', read(full).text)).toBe(full);
    expect(read(full).values).toEqual(read(text).values);
  });

  it('keeps given values as they were written, where that is asked for', () => {
    expect(read('thing: 1/8 ,steps=07').spelled).toBe('1/8,steps=07,start=yes,warm-up=no');
  });

  it.each(['thing:0.5,3', 'thing:0.5,rate=0.2', 'thing:steps=1,steps=2', 'thing:0.5,', 'thing:,steps=3,yes'])(
    'refuses %s: each parameter once, all but the first by name',
    async (text) => {
      const { expected, received } = await dataOf('bad-value', () => read(text));
      expect(expected).toBe('each parameter once, such as thing:0.5,steps=7,start=yes,warm-up=no');
      expect(received).toBe(`"${text.slice(6)}"`);
    },
  );

  it.each(['thing:', 'thing:x', 'thing:rate=', 'thing:2', 'thing:0.5:1'])(
    'refuses %s by its value',
    async (text) => {
      expect((await dataOf('bad-value', () => read(text))).what).toBe('thing rate');
    },
  );

  it('knows no other key, and nothing behind a name without parameters', async () => {
    const { what, nearest } = await dataOf('unknown-name', () => read('thing:stesp=3'));
    expect([what, nearest]).toEqual(['parameter of thing', 'steps']);
    const bare = await dataOf('bad-value', () => readParameters(splitName('bare:1'), {}));
    expect(bare).toEqual({ what: 'bare', expected: 'no parameter', received: '"1"' });
    expect(readParameters(splitName('bare'), {})).toEqual({ values: {}, text: '', spelled: '' });
  });

  it('reads back whatever values it has written', () => {
    const values = fc.record({
      rate: fc.double({ min: 0, max: 1, noNaN: true }).map((v) => v + 0),
      steps: fc.integer({ min: 1, max: 100 }),
      start: fc.constantFrom('yes', 'no'),
      'warm-up': fc.boolean(),
    });
    fc.assert(
      fc.property(values, (given) => {
        const flagged = { ...given, 'warm-up': given['warm-up'] ? 'yes' : 'no' };
        const written = Object.entries(flagged).map(([key, value]) => `${key}=${value}`);
        const { text, values: got } = read(`thing:${written.join(',')}`);
        expect(got).toEqual(given);
        expect(read(`thing:${text}`).values).toEqual(given);
      }),
    );
  });
});

describe('combinations', () => {
  it.each([
    ['flip', ['flip']],
    ['dnn1+hash:1/16', ['dnn1', 'hash:1/16']],
    ['flip+shift:4+x', ['flip', 'shift:4', 'x']],
    // The exponent of a number.
    ['hash:2.5e+0', ['hash:2.5e+0']],
    ['+', ['', '']],
  ])('%s', (text, parts) => expect(splitCombined(text)).toEqual(parts));
});
