import { describe, expect, it } from 'vitest';
import { type Attack, attacks, resolveParameters } from '../../../src/core/attacks/index.js';
import { allowed } from '../../../src/core/base/parameters.js';
import { dataOf } from '../../support/errors.js';

const { fgsm, jsma } = attacks;
const usual = Object.fromEntries(Object.entries(jsma.parameters).map(([name, p]) => [name, p.default]));

describe('parameters of an attack', () => {
  it('have their usual values where none are given', () => {
    expect(resolveParameters(jsma)).toEqual(usual);
    expect(resolveParameters(jsma, { theta: 0.5 })).toEqual({ ...usual, theta: 0.5 });
    expect(resolveParameters(fgsm)).toEqual({});
  });

  it('are refused when the attack does not have them, with the nearest name', async () => {
    const data = await dataOf('unknown-name', () => resolveParameters(jsma, { tehta: 1 }));
    expect(data).toMatchObject({ what: 'parameter of jsma', name: 'tehta', nearest: 'theta' });
    expect(data.known).toEqual(Object.keys(jsma.parameters));
    await dataOf('unknown-name', () => resolveParameters(fgsm, { theta: 1 }));
    // Not even those that every object has.
    await dataOf('unknown-name', () => resolveParameters(jsma, { constructor: 'x' }));
  });

  it.each([0, -1, 1.0001, Number.NaN, Number.POSITIVE_INFINITY, 'half', '', ' ', '0x1', '3/2'])(
    'that are numbers refuse %j',
    async (theta) => {
      const data = await dataOf('bad-value', () => resolveParameters(jsma, { theta }));
      expect(data).toEqual({
        what: 'jsma theta',
        expected: 'a number from 0.000001 to 1 (input units), such as 1',
        received: JSON.stringify(theta),
      });
    },
  );

  it('that are numbers may come as text, and become numbers; both ends of the range are allowed', () => {
    expect(resolveParameters(jsma, { theta: '0.25', gamma: '0' })).toMatchObject({ theta: 0.25, gamma: 0 });
    expect(resolveParameters(jsma, { theta: '51/255' })).toMatchObject({ theta: 0.2 });
    expect(resolveParameters(jsma, { theta: 1e-6, gamma: 1 })).toMatchObject({ theta: 1e-6, gamma: 1 });
  });

  it('that are choices take these words alone', async () => {
    expect(resolveParameters(jsma, { mode: 'iterative' })).toMatchObject({ mode: 'iterative' });
    const data = await dataOf('bad-value', () => resolveParameters(jsma, { direction: 'up' }));
    expect(data).toEqual({
      what: 'jsma direction',
      expected: 'increase, decrease or both',
      received: '"up"',
    });
    for (const mode of ['Iterative', ' iterative', '', 0]) {
      await dataOf('bad-value', () => resolveParameters(jsma, { mode }));
    }
  });

  it('are refused where they do not go together', async () => {
    const data = await dataOf('bad-value', () => resolveParameters(jsma, { search: 'pair' }));
    expect(data).toEqual({
      what: 'jsma search',
      expected: 'element in mode single-shot, pair only in mode iterative',
      received: '"pair"',
    });
    expect(resolveParameters(jsma, { search: 'pair', mode: 'iterative' })).toMatchObject({ search: 'pair' });
    expect(resolveParameters(jsma, { search: 'element' })).toEqual(usual);
  });

  it('may take texts of a kind besides: the number of a class', async () => {
    expect(resolveParameters(jsma, { target: '7' })).toMatchObject({ target: '7' });
    // As from JSON.
    expect(resolveParameters(jsma, { target: 7 })).toMatchObject({ target: '7' });
    for (const target of ['-1', '1.5', '1e1', '7x', 'x7', '1234567', -1, 0.5]) {
      const data = await dataOf('bad-value', () => resolveParameters(jsma, { target }));
      expect(data.expected).toBe('runner-up, random, all or the number of a class');
    }
  });
});

const descriptors = Object.values<Attack>(attacks).flatMap((attack) =>
  Object.entries(attack.parameters).map(([name, parameter]) => ({ attack, name, parameter })),
);
it.each(descriptors)(
  '$attack.name $name is described, and its usual value is allowed',
  ({ attack, name, parameter }) => {
    expect(name).toMatch(/^[a-z][A-Za-z]*$/);
    for (const text of [parameter.help, parameter.source, allowed(parameter)]) expect(text).not.toBe('');
    expect(resolveParameters(attack, { [name]: parameter.default })[name]).toBe(parameter.default);
    if (parameter.kind === 'choice') expect(new Set(parameter.choices).size).toBe(parameter.choices.length);
    if ('minimum' in parameter) expect(parameter.minimum).toBeLessThan(parameter.maximum);
  },
);
