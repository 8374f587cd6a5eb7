import { describe, expect, it } from 'vitest';
import { type AttackName, attacks, sweep } from '../../../src/core/attacks/index.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { classifierOf, linearModel, uniform } from '../../support/classifiers.js';

const objective = objectives['cross-entropy'];
const standard = attacks.standard;

/** Two classes, 0 wherever the sum of the weighted inputs stays below the bias. */
const linear = (weights: readonly number[], bias: number) =>
  classifierOf(linearModel([weights.map(() => 0), [...weights]].slice(0, 2), [bias, 0]));

describe('the standard ensemble', () => {
  it('succeeds from the exact minimal epsilon of a linear model on, and not before', async () => {
    const weights = [1, -2, 0.5, 3];
    const classifier = await linear(weights, 2);
    const images = uniform([12, 1, 1, 4], 0.3, 0.7, 'standard');
    const exact = Array.from({ length: 12 }, (_, n) => {
      const margin = 2 - weights.reduce((sum, w, i) => sum + w * images.data[n * 4 + i]!, 0);
      return Math.abs(margin) / 6.5;
    });
    const parameters = { steps: 50, queryBudget: 50 };
    for (const [n, epsilon] of exact.entries()) {
      // Beyond, bounds bind.
      if (epsilon > 0.25) continue;
      const one = { ...images, dims: [1, 1, 1, 4], data: images.data.slice(n * 4, n * 4 + 4) };
      const all = { attack: standard, classifier, objective, images: one, labels: [0], parameters };
      const { smallest } = await sweep({ ...all, budgets: [0.98 * epsilon, 1.02 * epsilon + 1e-5] });
      expect(smallest[0]).toBe(1);
    }
    await classifier.release();
  });

  it('asks later members only about what has withstood the earlier ones', async () => {
    const classifier = await classifierOf(buildModel('25-F8-3', { seed: 2 }), { batchSize: 16 });
    const images = uniform([16, 1, 5, 5], 0, 1, 'members');
    const work = { classifier, objective, images, labels: Array(16).fill(0) };
    const parameters = { steps: 20, queryBudget: 40 };
    const asked = async (attack: AttackName, budget: number) => {
      const before = { ...classifier.queries };
      const given = Object.fromEntries(
        Object.entries(parameters).filter(([name]) => name in attacks[attack].parameters),
      );
      const result = await sweep({ ...work, attack: attacks[attack], parameters: given, budgets: [budget] });
      const { forward, gradient } = classifier.queries;
      return { forward: forward - before.forward, gradient: gradient - before.gradient, result };
    };
    // Where the first member fools everything, no other is asked: only its queries are spent.
    const [easy, first] = [await asked('standard', 1), await asked('apgd', 1)];
    expect(first.result.points[0]!.success.count).toBe(16);
    expect(easy.gradient).toBeLessThanOrEqual(1.5 * first.gradient);
    // Where nothing can succeed, all members are.
    const hard = await asked('standard', 1e-4);
    expect(hard.result.points[0]!.success.count).toBe(0);
    expect(hard.gradient).toBeGreaterThan(3 * (await asked('apgd', 1e-4)).gradient);
    expect(hard.forward).toBeGreaterThan(16 * 40);
    await classifier.release();
  });

  it('fools at least what each of its members fools, on a model that hides its gradient', async () => {
    // Logits so large that the softmax is certain, and its gradient zero in single precision.
    const model = buildModel('25-F8-3', { seed: 2 });
    const steep = {
      ...model,
      graph: {
        ...model.graph,
        initializers: new Map(
          [...model.graph.initializers].map(([name, value]) => [
            name,
            name.startsWith('fc2')
              ? { ...value, data: (value.data as Float32Array).map((v) => 1e4 * v) }
              : value,
          ]),
        ),
      },
    };
    const classifier = await classifierOf(steep as typeof model, { batchSize: 16 });
    const images = uniform([16, 1, 5, 5], 0, 1, 'hidden');
    const work = { classifier, objective, images, labels: Array(16).fill(0), budgets: [0.1] };
    const fooled = async (name: AttackName) => {
      const parameters: Record<string, number> = name === 'standard' ? { steps: 20, queryBudget: 100 } : {};
      return (await sweep({ ...work, attack: attacks[name], parameters })).points[0]!.success.count;
    };
    const all = await fooled('standard');
    const masked = await fooled('fgsm');
    expect(all).toBeGreaterThan(masked);
    expect(all).toBeGreaterThanOrEqual(await fooled('apgd-t'));
    await classifier.release();
  });
});
