import { describe, expect, it } from 'vitest';
import { type AttackName, type AttackParameters, attacks, sweep } from '../../../src/core/attacks/index.js';
import { averagedTarget } from '../../../src/core/attacks/search/averaged-gradients.js';
import { stream } from '../../../src/core/base/random.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { classifierOf, largestDifference, linearModel, uniform } from '../../support/classifiers.js';
import { modelOf } from '../../support/run.js';
import { float32 } from '../../support/toolkit.js';

const WIDTH = 16;
const objective = objectives.margin;
const weights = Array.from({ length: WIDTH }, (_, i) => (i % 3 === 0 ? -1 : 1) * (1 + (i % 4)));

/** Two classes, `w . h(x)` apart, with `h(x) = x + amplitude sin(frequency x)` element by element. */
function shattered(amplitude: number, frequency: number, bias: number): Model {
  return modelOf((g) => {
    const x = g.input('x', 'float32', ['N', 1, 1, WIDTH]);
    const wave = g.mul(g.op('Sin', [g.mul(x, frequency)]), amplitude);
    const flat = g.op('Flatten', [g.add(x, wave)], { axis: 1 });
    const product = g.matmul(flat, g.initializer('w', float32([WIDTH, 1], weights)));
    const score = g.add(product, bias);
    return g.op('Concat', [score, g.mul(score, -1)], { axis: 1 });
  });
}

async function fooled(model: Model, name: AttackName, parameters: AttackParameters, epsilon: number) {
  const classifier = await classifierOf(model);
  const images = uniform([20, 1, 1, WIDTH], 0.4, 0.6, 'shattered');
  const options = { attack: attacks[name], classifier, objective, parameters, images };
  const result = await sweep({ ...options, labels: Array(20).fill(0), budgets: [epsilon] });
  await classifier.release();
  return result.points[0]!.success.count;
}

describe('averaged gradients', () => {
  it('are those of the blurred loss: of a linear one its own', async () => {
    const classifier = await classifierOf(linearModel([weights, weights.map((w) => -w)], [0, 0]));
    const images = uniform([3, 1, 1, WIDTH], 0.4, 0.6, 'line');
    const target = {
      classes: 2,
      bounds: classifier.bounds,
      logits: classifier.logits.bind(classifier),
      predict: classifier.predict.bind(classifier),
      gradient: (x: typeof images) => classifier.gradient(x, objective),
      vjp: () => Promise.reject(new Error('not asked for')),
    };
    const streams = [0, 1, 2].map((row) => stream(1, 'noise', row));
    const averaging = { samples: 9, widest: 0.2, scales: 3, random: (row: number) => streams[row]! };
    const asked = { rows: [0, 1, 2], objective };
    const averaged = await averagedTarget(target, averaging).gradient(images, asked);
    const exact = await classifier.gradient(images, objective);
    expect(averaged.gradient.dims).toEqual(exact.gradient.dims);
    expect(largestDifference(averaged.gradient.data, exact.gradient.data)).toBeLessThan(1e-5);
    expect(averaged.logits).toEqual(exact.logits);
    expect(classifier.queries.gradient).toBe(3 * 9 + 3);
    await classifier.release();
  });

  it.each([
    [0.004, 1000],
    [0.02, 211],
    [0.002, 5000],
  ])(
    'lead through a wave of amplitude %d and frequency %d, which the own gradient does not',
    async (a, f) => {
      const total = (of: (w: number) => number) => weights.reduce((sum, w) => sum + of(w), 0);
      // Half of what a linear function of these weights changes by within epsilon.
      const model = shattered(a, f, 0.1 * total(Math.abs) - 0.5 * total((w) => w));
      const own = await fooled(model, 'pgd', { steps: 20, stepSize: 0.125, randomStart: 'no' }, 0.2);
      const steps = { steps: 20, stepSize: 0.125, draws: 60, noise: 0.05 };
      const averaged = await fooled(model, 'eot-pgd', steps, 0.2);
      expect(averaged).toBe(20);
      expect(own).toBeLessThan(10);
    },
  );
});
