import { describe, expect, it } from 'vitest';
import {
  type Attack,
  type AttackName,
  attacks,
  type SweepOptions,
  sweep,
} from '../../../src/core/attacks/index.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import type { Classifier } from '../../../src/core/models/classifier.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { classifierOf, linearModel, uniform } from '../../support/classifiers.js';

const objective = objectives['cross-entropy'];
const minimal = [
  'deepfool',
  'deepfool-linf',
  'carlini-wagner',
  'fab',
  'fab-l2',
  'fab-l1',
  'fab-t',
  'hop-skip-jump',
  'hop-skip-jump-linf',
] as const;
const gradients = minimal.filter((name) => !name.startsWith('hop'));
const images = uniform([6, 1, 4, 4], 0, 1, 'searches');

async function attacked(classifier: Classifier, name: AttackName, options: Partial<SweepOptions> = {}) {
  const attack: Attack = attacks[name];
  const { steps, queryBudget, searches } = attack.parameters;
  const parameters = {
    ...(steps && { steps: 30 }),
    ...(queryBudget && { queryBudget: 100 }),
    ...(searches && { searches: 3, initialC: 10, stepSize: 0.1 }),
  };
  const budgets = [0.5, 1].map((share) => share * (attack.norm === 'Linf' ? 1 : 20));
  const all = { attack, classifier, objective, images, labels: Array(6).fill(0), budgets, parameters };
  return sweep({ ...all, ...options });
}

describe.each(gradients)('%s', (name) => {
  it('says that it is stuck where the gradient is exactly zero, and has no NaN to propose', async () => {
    const classifier = await classifierOf(linearModel([Array(16).fill(0), Array(16).fill(0)], [0, 1]));
    const result = await attacked(classifier, name, { keepAdversarial: true });
    expect(result.stuck).toMatchObject({ count: 6, total: 6 });
    expect(result.untouched.at(-1)!.count).toBe(6);
    expect([...result.distances].every(Number.isNaN)).toBe(true);
    await classifier.release();
  });
});

describe.each([...minimal, 'square', 'square-l2'] as const)('%s', (name) => {
  it('ends on a signal between two steps', async () => {
    const classifier = await classifierOf(buildModel('16-F8-3', { seed: 2 }));
    const controller = new AbortController();
    let asked = 0;
    const count = () => {
      asked += 1;
      if (asked === 4) controller.abort();
    };
    // Whatever it asks for; a square that is easy to fool would be through before.
    for (const method of ['logits', 'gradient', 'vjp', 'predict'] as const) {
      const original = classifier[method].bind(classifier) as (...all: never[]) => Promise<never>;
      Object.assign(classifier, {
        [method]: (...all: never[]) => {
          if (method !== 'predict') count();
          return original(...all);
        },
      });
    }
    const budgets = [name.startsWith('square') ? 1e-4 : 1];
    const running = attacked(classifier, name, { signal: controller.signal, budgets });
    await expect(running).rejects.toThrow(/abort/i);
    expect(asked).toBeLessThanOrEqual(5);
    await classifier.release();
  });
});

describe.each(minimal)('%s', (name) => {
  it('searches once for all budgets, and not at all without one', async () => {
    const classifier = await classifierOf(buildModel('16-F8-3', { seed: 2 }));
    const largest = attacks[name].norm === 'Linf' ? 1 : 20;
    const spent = async (budgets: number[]) => {
      const before = { ...classifier.queries };
      await attacked(classifier, name, { budgets });
      return [classifier.queries.forward - before.forward, classifier.queries.gradient - before.gradient];
    };
    expect(await spent([0])).toEqual([6, 0]);
    const [forward, gradient] = await spent([largest]);
    const [more, same] = await spent([0.25 * largest, 0.5 * largest, largest]);
    expect(same).toBe(gradient);
    // The harness judges each budget.
    expect(more! - forward!).toBeLessThanOrEqual(2 * 6);
    await classifier.release();
  });

  it('moves away from the labels that it is given: those of the attacked model in a transfer', async () => {
    // Class 0 wins where the elements sum to more than the bias: the attacked model's 8, the 6 of a source
    // that has to be led further, and 12 of one that sees the other class from the start.
    const one = Array<number>(16).fill(1);
    const sumAbove = (bias: number) => classifierOf(linearModel([one, Array(16).fill(0)], [0, bias]));
    const [attackedModel, further, otherwise] = [await sumAbove(8), await sumAbove(6), await sumAbove(12)];
    const bright = uniform([6, 1, 4, 4], 0.55, 0.65, 'bright');
    const led = await attacked(attackedModel, name, { source: further, images: bright });
    expect(led.points.at(-1)!.success.count).toBe(6);
    expect(attackedModel.queries.gradient).toBe(0);
    const content = await attacked(attackedModel, name, { source: otherwise, images: bright });
    expect(content.points.at(-1)!.success.count).toBeLessThan(6);
    expect(content.stuck!.count).toBe(0);
    for (const classifier of [attackedModel, further, otherwise]) await classifier.release();
  });
});
