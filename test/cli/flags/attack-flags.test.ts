import { describe, expect, it } from 'vitest';
import {
  budgetOptions,
  chosenBudgets,
  chosenParameters,
  flagOf,
  parameterOptions,
} from '../../../src/cli/flags/attack-flags.js';
import { type Attack, attacks } from '../../../src/core/attacks/index.js';
import { allowed, number } from '../../../src/core/base/parameters.js';
import { dataOf } from '../../support/errors.js';

const { fgsm, jsma } = attacks;
/** Shares `theta` with JSMA and means something else by it; has a parameter of two words. */
const other: Attack = {
  ...fgsm,
  name: 'other',
  parameters: {
    theta: number({ help: 'angle', unit: 'degrees', default: 90, minimum: 0, maximum: 360, source: 'test' }),
    stepSize: number({ help: 'size', unit: 'units', default: 0.01, minimum: 0, maximum: 1, source: 'test' }),
    gamma: jsma.parameters.gamma,
  },
};
const all = { fgsm, jsma, other };
const flags = new Map(parameterOptions(all).map((option) => [option.long, option]));

describe('flags of parameters', () => {
  it('are the union over all attacks, in kebab-case', () => {
    const names = [...Object.keys(jsma.parameters), 'stepSize'];
    expect([...flags.keys()].sort()).toEqual(names.map(flagOf).sort());
    expect(flags.get('--step-size')!.attributeName()).toBe('stepSize');
    expect(parameterOptions({ fgsm })).toEqual([]);
  });

  it('say which attacks have them, what is allowed and what is usual', () => {
    for (const [name, parameter] of Object.entries(jsma.parameters)) {
      const help = flags.get(flagOf(name))!.description;
      for (const part of ['jsma', parameter.help, allowed(parameter), `default: ${parameter.default}`]) {
        expect(help).toContain(part);
      }
      if ('unit' in parameter) expect(help).toContain(parameter.unit);
    }
    expect(flags.get('--theta')!.description).toMatch(
      /^jsma: .*; other: angle \(a number from 0 to 360 in degrees; /,
    );
    expect(flags.get('--gamma')!.description).toMatch(/^jsma, other: /);
    expect(budgetOptions(all).map((option) => [option.long, option.description.split(':')[0]])).toEqual([
      ['--epsilon', 'fgsm, other'],
      ['--elements', 'jsma'],
    ]);
  });
});

describe('chosen parameters', () => {
  it('are read as numbers, fractions and words; the others are usual', () => {
    const usual = Object.fromEntries(Object.entries(jsma.parameters).map(([name, p]) => [name, p.default]));
    expect(chosenParameters(jsma, {})).toEqual(usual);
    expect(
      chosenParameters(jsma, { theta: '51/255', mode: 'iterative', target: '3', epsilon: '0.1' }),
    ).toEqual({
      ...usual,
      theta: 0.2,
      mode: 'iterative',
      target: '3',
    });
    expect(chosenParameters(other, { stepSize: '0.5', theta: '45' }, all)).toEqual({
      theta: 45,
      stepSize: 0.5,
      gamma: 1,
    });
  });

  it('say what a theta of one does', () => {
    expect(flags.get('--theta')!.description).toMatch(/ 1 turns a raised element white /);
  });

  it('of another attack are refused', async () => {
    const fgsmHas = await dataOf('nothing-to-do', () => chosenParameters(fgsm, { theta: '1' }));
    expect(fgsmHas).toEqual({ what: 'fgsm has no --theta', hint: 'It has no parameters.' });
    const otherHas = await dataOf('nothing-to-do', () => chosenParameters(other, { mode: 'iterative' }, all));
    expect(otherHas.hint).toBe('Its parameters are --theta, --step-size, --gamma.');
  });

  it.each([
    [{ theta: '2' }, 'a number from 0.000001 to 1 (input units), such as 1'],
    [{ theta: 'half' }, 'a number from 0.000001 to 1 (input units), such as 1'],
    [{ theta: '' }, 'a number from 0.000001 to 1 (input units), such as 1'],
    [{ theta: '0x1' }, 'a number from 0.000001 to 1 (input units), such as 1'],
    [{ direction: 'up' }, 'increase, decrease or both'],
    [{ target: '-1' }, 'runner-up, random, all or the number of a class'],
  ])('out of range are refused: %j', async (options, expected) => {
    expect((await dataOf('bad-value', () => chosenParameters(jsma, options))).expected).toBe(expected);
  });
});

describe('budgets', () => {
  it('of elements are whole numbers, sorted', async () => {
    expect(chosenBudgets(jsma, { elements: '20,10' })).toEqual([10, 20]);
    for (const elements of ['1.5', '1/2', '-1', '1e9', 'ten']) {
      const data = await dataOf('bad-value', () => chosenBudgets(jsma, { elements }));
      expect(data.expected).toMatch(/^whole numbers from 0 to 1000000 \(elements\)/);
    }
    expect((await dataOf('nothing-to-do', () => chosenBudgets(jsma, { epsilon: '0.1' }))).hint).toBe(
      'Its budget is --elements.',
    );
  });
});
