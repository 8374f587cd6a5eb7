import { describe, expect, it } from 'vitest';
import type { Step } from '../../../src/node/work/plan.js';
import { keyContextOf, keyedSteps } from '../../../src/node/work/step-keys.js';
import { context, measuring, noData, planOf, training } from '../../support/plans.js';

const keysOf = (steps: readonly Step[], changes: Partial<typeof context> = {}) =>
  keyedSteps(planOf(...steps), { ...context, ...changes }).map(({ key }) => key);

const steps = [training('a'), measuring('of a', 'a')];
const [trained, measured] = keysOf(steps);

const changed = (step: Step, parameters: Step['parameters']): Step => ({
  ...step,
  parameters: { ...step.parameters, ...parameters },
});

describe('the key of a step', () => {
  it('is the same for the same work, whatever it is called', () => {
    const renamed = [
      { ...training('b'), title: 'B', weight: 9, about: { model: 'b' } },
      measuring('of b', 'b'),
    ];
    expect(keysOf(renamed)).toEqual([trained, measured]);
    const data = { ...noData('somewhere else').reference };
    expect(keysOf(steps.map((step) => changed(step, { data })))).toEqual([trained, measured]);
  });

  it.each<[string, readonly Step[]]>([
    ['parameters', [training('a', 2), measuring('of a', 'a')]],
    ['data', steps.map((step) => changed(step, { data: { name: 'mnist', digest: 'c'.repeat(64) } }))],
  ])('is another one for other %s, and so is that of what starts from it', (_, others) => {
    const [other, after] = keysOf(others);
    expect(other).not.toBe(trained);
    expect(after).not.toBe(measured);
  });

  it.each([{ toolkit: '2' }, { engine: 'engine 2' }, { device: 'cuda' }])(
    'is another one with %o',
    (change) => {
      const [other, after] = keysOf(steps, change);
      expect(other).not.toBe(trained);
      expect(after).not.toBe(measured);
    },
  );

  it('knows the engine threads of a training, and of nothing else', () => {
    const [other] = keysOf(steps, { threads: 2 });
    expect(other).not.toBe(trained);
    // A number that the training asks for is used wherever it runs.
    const own = [changed(training('a'), { threads: 2 })];
    expect(keysOf(own)).toEqual(keysOf(own, { threads: 7 }));
    const bytes = { ...measuring('m', ''), inputs: { model: { sha256: 'b'.repeat(64) } } };
    expect(keysOf([bytes])).toEqual(keysOf([bytes], { threads: 2 }));
  });

  it('knows the bytes of inputs that no step makes', () => {
    const of = (digit: string) =>
      keysOf([{ ...measuring('m', ''), inputs: { model: { sha256: digit.repeat(64) } } }]);
    expect(of('a')).toEqual(of('a'));
    expect(of('a')).not.toEqual(of('b'));
  });

  it('tells machines apart where the engine chooses the threads', () => {
    const runtime = {
      name: 'engine',
      version: '1',
      device: 'cpu',
      createSession: async () => {
        throw new Error();
      },
    } as const;
    expect(keyContextOf(runtime).threads).toMatch(/of \d+ cores/);
    expect(keyContextOf({ ...runtime, threads: 3 }).threads).toBe(3);
  });
});
