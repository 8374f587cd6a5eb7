import { describe, expect, it } from 'vitest';
import {
  allowed,
  checkedValue,
  choice,
  flag,
  integer,
  number,
  openChoice,
  type ParametersOf,
  resolveValues,
} from '../../../src/core/base/parameters.js';
import { dataOf } from '../../support/errors.js';

const about = { help: 'help', source: 'test' };
const descriptors = {
  rate: number({ ...about, unit: 'fraction', default: 0.5, minimum: 0, maximum: 1 }),
  steps: integer({ ...about, unit: 'steps', default: 7, minimum: 1, maximum: 100 }),
  start: choice({ ...about, default: 'yes', choices: ['yes', 'no', 'both'] }),
  target: openChoice({
    ...about,
    default: 'all',
    choices: ['all', 'random'],
    also: { pattern: /^\d+$/, help: 'a class' },
  }),
  exact: flag({ ...about, default: false }),
} as const;

describe('resolveValues', () => {
  it('gives the defaults, with types that the compiler knows', () => {
    const values: {
      steps: number;
      rate: number;
      start: 'yes' | 'no' | 'both';
      target: string;
      exact: boolean;
    } = resolveValues('thing', descriptors);
    expect(values).toEqual({ rate: 0.5, steps: 7, start: 'yes', target: 'all', exact: false });
    // @ts-expect-error a choice is one of its words
    const wrong: ParametersOf<typeof descriptors>['start'] = 'maybe';
    expect(() => resolveValues('thing', descriptors, { start: wrong })).toThrow(/thing start/);
  });

  it('reads numbers, words and flags from text', () => {
    const given = { rate: '1/8', steps: '1e1', start: 'no', target: 12, exact: 'yes' };
    expect(resolveValues('thing', descriptors, given)).toEqual({
      ...{ rate: 0.125, steps: 10, start: 'no', target: '12', exact: true },
    });
    expect(resolveValues('thing', descriptors, { exact: 'no' }).exact).toBe(false);
    expect(resolveValues('thing', descriptors, { exact: true }).exact).toBe(true);
  });

  it.each([
    ['rate', 1.1, 'a number from 0 to 1 (fraction), such as 0.5'],
    ['rate', Number.NaN, 'a number from 0 to 1 (fraction), such as 0.5'],
    ['rate', true, 'a number from 0 to 1 (fraction), such as 0.5'],
    ['steps', 2.5, 'a whole number from 1 to 100 (steps), such as 7'],
    ['steps', '', 'a whole number from 1 to 100 (steps), such as 7'],
    ['start', 'Yes', 'yes, no or both'],
    ['target', 'x', 'all, random or a class'],
    ['exact', 1, 'yes or no'],
    ['exact', 'true', 'yes or no'],
  ])('refuses %s = %j', async (name, value, expected) => {
    const data = await dataOf('bad-value', () => resolveValues('thing', descriptors, { [name]: value }));
    expect(data).toEqual({ what: `thing ${name}`, expected, received: JSON.stringify(value) });
  });

  it.each(['stepps', 'constructor', '__proto__'])('does not know %s', async (name) => {
    const given = JSON.parse(`{ "${name}": 1 }`);
    const data = await dataOf('unknown-name', () => resolveValues('thing', descriptors, given));
    expect(data).toMatchObject({ what: 'parameter of thing', name });
  });
});

it('what is allowed reads as a sentence', () => {
  expect(allowed(choice({ ...about, default: 'x', choices: ['x'] }))).toBe('x');
  expect(allowed(choice({ ...about, default: 'x', choices: ['x', 'y'] }))).toBe('x or y');
  expect(allowed(descriptors.target)).toBe('all, random or a class');
  expect(allowed(descriptors.steps)).toBe('a whole number from 1 to 100');
  expect(allowed(descriptors.exact)).toBe('yes or no');
});

it('a parameter without a unit is not followed by an empty one', async () => {
  const bare = number({ ...about, unit: '', default: 20, minimum: 1, maximum: 1000 });
  const { expected } = await dataOf('bad-value', () => checkedValue('temperature', bare, 0));
  expect(expected).toBe('a number from 1 to 1000, such as 20');
});
