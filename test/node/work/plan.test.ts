import { describe, expect, it } from 'vitest';
import { kindNamed, kinds } from '../../../src/node/work/kinds/index.js';
import { costOf, parametersOf, parsePlan, planCost, stepOf, titleOf } from '../../../src/node/work/plan.js';
import { dataOf } from '../../support/errors.js';
import { measuring, noData, planOf, training } from '../../support/plans.js';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const reasonOf = async (plan: unknown) =>
  (await dataOf('corrupt-data', async () => parsePlan(throughJson(plan)))).reason;

const plan = planOf(training('a'), measuring('of a', 'a'));

describe('a plan', () => {
  it('is what it was after a way through JSON', () => {
    const about = { study: 'mnist', sizes: [1, 2] };
    const steps = [
      { ...training('a'), title: 'A', weight: 2, about: { model: 'a' } },
      measuring('of a', 'a'),
    ];
    expect(parsePlan(throughJson({ ...plan, about, steps }))).toEqual({ ...plan, about, steps });
  });

  it('costs what its steps cost', () => {
    const heavy = { ...training('a'), weight: 2.5 };
    // Four passes for each image, and one to measure.
    expect(costOf(training('a', 1, 3))).toBe(4 * 3 * 100);
    expect(planCost(planOf(heavy, measuring('of a', 'a', 7)))).toBe(2.5 * 4 * 100 + 7);
  });

  it('calls its steps as it wants, or as their kinds do', () => {
    expect(titleOf(training('a'))).toBe('train uncompressed');
    expect(titleOf({ ...training('a'), title: 'Network A' })).toBe('Network A');
  });

  it('gives the parameters of a step back in the shape of its kind, and of no other', () => {
    expect(parametersOf(training('a', 5), 'train').seed).toBe(5);
    expect(() => parametersOf(training('a'), 'accuracy')).toThrow(/kind train, not accuracy/);
  });

  it('knows nothing of parameters that are undefined', () => {
    const step = stepOf('attack', {
      id: 'a',
      parameters: {
        data: noData('mnist').reference,
        attack: 'fgsm',
        objective: 'margin',
        parameters: {},
        source: undefined,
        budgets: [0.1],
        samples: 1,
        seed: 1,
        tau: 0,
      },
    });
    expect(Object.keys(step.parameters)).not.toContain('source');
  });
});

describe('what is no plan', () => {
  const [a, ofA] = plan.steps;
  it.each<[string, unknown, RegExp]>([
    ['nothing', null, /expected object/],
    ['another schema', { ...plan, schema: 'foolproof.plan/2' }, /^schema: /],
    ['a field too many', { ...plan, run: 'rm' }, /run/],
    ['two steps of one id', planOf(training('a'), training('a', 2)), /^step a: another step has the same id/],
    [
      'an input that comes later',
      { ...plan, steps: [ofA, a] },
      /^step of a: .* model is of no step before it/,
    ],
    ['an input of itself', planOf(measuring('x', 'x')), /of no step before it/],
    [
      'a missing input',
      planOf(training('a'), { ...measuring('of a', 'a'), inputs: {} }),
      /^step of a: expected the inputs model/,
    ],
    [
      'an input too many',
      planOf(training('a'), {
        ...training('b', 2),
        inputs: { model: { step: 'a', artifact: 'model.onnx' } },
      }),
      /^step b: expected no inputs/,
    ],
    [
      'an artifact that its step does not make',
      planOf(training('a'), {
        ...measuring('of a', 'a'),
        inputs: { model: { step: 'a', artifact: 'outcomes.npz' } },
      }),
      /cannot be the outcomes\.npz of a/,
    ],
    [
      'a file path for a hash',
      planOf({ ...measuring('of a', 'a'), inputs: { model: { sha256: '/etc/passwd' } } } as never),
      /inputs\.model/,
    ],
    [
      'a parameter out of range',
      planOf({ ...training('a'), parameters: { ...training('a').parameters, epochs: 0 } }),
      /^step a: epochs: /,
    ],
    [
      'a parameter that the kind does not have',
      planOf({ ...training('a'), parameters: { ...training('a').parameters, command: 'x' } }),
      /^step a: .*command/,
    ],
  ])('%s', async (_, wrong, reason) => expect(await reasonOf(wrong)).toMatch(reason));

  it('kinds that nobody registered', async () => {
    const { nearest } = await dataOf('unknown-name', async () =>
      parsePlan(throughJson(planOf({ ...training('a'), kind: 'trian' }))),
    );
    expect(nearest).toBe('train');
    expect(() => kindNamed('constructor')).toThrow(/unknown kind of step/);
  });
});

describe('the registry of kinds', () => {
  it.each(Object.entries(kinds))('has %s under its name', (name, kind) => {
    expect(kind.name).toBe(name);
    expect(new Set(kind.artifacts).size).toBe(kind.artifacts.length);
    // What a plan holds beside them would change no result, but every key.
    expect(kind.parameters.safeParse({ ...{}, unknown: 1 }).error?.message).toMatch(/unknown/i);
  });
});
