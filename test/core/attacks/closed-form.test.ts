import { describe, expect, it } from 'vitest';
import { attacks, sweep } from '../../../src/core/attacks/index.js';
import { stream } from '../../../src/core/base/random.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { rows, type Tensor } from '../../../src/core/tensor/tensor.js';
import { classifierOf, linearModel, normal, uniform } from '../../support/classifiers.js';
import { contextOf } from '../../support/targets.js';

const [WIDTH, COUNT] = [12, 60];
const fgsm = attacks.fgsm;
const objective = objectives['cross-entropy'];

/** A linear classifier of random weights as stored, that is, in single precision. */
function randomModel(classes: number, scale: number, name: string) {
  const raw = normal([classes, WIDTH], name);
  const weights = Array.from({ length: classes }, (_, k) =>
    [...raw.data.subarray(k * WIDTH, (k + 1) * WIDTH)].map((w) => Math.fround(w * scale)),
  );
  const biases = [...normal([classes], name, 'bias').data].map((b) => Math.fround(b * 0.1 * scale));
  return { weights, biases, model: linearModel(weights, biases) };
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
const image = (images: Tensor<'float32'>, n: number) => [...rows(images, n, n + 1).data];

/**
 * The exact smallest epsilon of the sign attack in double precision. The attack moves along the sign of
 * sum_k p_k w_k - w_y wherever it starts, so the margin to class k falls linearly.
 */
function smallestEpsilon(
  x: readonly number[],
  weights: readonly (readonly number[])[],
  biases: readonly number[],
) {
  const z = weights.map((w, k) => dot(w, x) + biases[k]!);
  const y = z.indexOf(Math.max(...z));
  const powers = z.map((v) => Math.exp(v - z[y]!));
  const total = powers.reduce((a, b) => a + b, 0);
  const slope = x.map(
    (_, i) => weights.reduce((sum, w, k) => sum + (powers[k]! / total) * w[i]!, 0) - weights[y]![i]!,
  );
  const direction = slope.map(Math.sign);
  const epsilons = weights.flatMap((w, k) => {
    const gain = dot(direction, w) - dot(direction, weights[y]!);
    return k !== y && gain > 0 ? [(z[y]! - z[k]!) / gain] : [];
  });
  const margin = Math.min(...z.filter((_, k) => k !== y).map((v) => z[y]! - v));
  return { epsilon: Math.min(...epsilons), margin, y, weakest: Math.min(...slope.map(Math.abs)) };
}

describe('HFGSM on a linear softmax model', () => {
  it.each([
    [2, 1],
    [2, 0.05],
    [2, 4],
    [10, 1],
    [10, 0.05],
  ])(
    'succeeds just above the closed form and fails just below, %i classes, weights of size %d',
    async (classes, scale) => {
      const name = `${classes} ${scale}`;
      const { weights, biases, model } = randomModel(classes, scale, name);
      // Interior points, so that no element reaches a bound within the range of epsilon.
      const images = uniform([COUNT, 1, 1, WIDTH], 0.35, 0.65, name);
      const exact = Array.from({ length: COUNT }, (_, n) =>
        smallestEpsilon(image(images, n), weights, biases),
      );
      // Beyond 0.34 bounds would interfere; an all but vanishing slope or epsilon is a matter of rounding,
      // and so is the direction itself once probabilities round to one (see saturation.test.ts).
      const usable = exact.map(
        (e) => e.epsilon < 0.34 && e.epsilon > 1e-3 && e.weakest > 1e-5 * scale && e.margin < 12,
      );
      expect(usable.filter(Boolean).length).toBeGreaterThan(20);

      const near = exact.flatMap((e, n) => (usable[n] ? [e.epsilon * 0.999, e.epsilon * 1.001] : []));
      const budgets = [...near].sort((a, b) => a - b);
      const classifier = await classifierOf(model);
      const result = await sweep({
        attack: fgsm,
        classifier,
        objective,
        images,
        labels: exact.map((e) => e.y),
        budgets,
      });
      expect([...result.clean]).toEqual(exact.map((e) => e.y));
      exact.forEach(({ epsilon }, n) => {
        if (!usable[n]) return;
        const first = budgets[result.smallest[n]!]!;
        // The smallest budget of all images' budgets that fools this one.
        expect(first, `image ${n}`).toBe(budgets.find((budget) => budget > epsilon));
        expect(budgets.indexOf(epsilon * 0.999)).toBeLessThan(result.smallest[n]!);
        expect(budgets.indexOf(epsilon * 1.001)).toBeGreaterThanOrEqual(result.smallest[n]!);
      });
      await classifier.release();
    },
  );

  it('needs margin / ||w_y - w_k||_1 with two classes', () => {
    // The general formula above, reduced by hand.
    const { weights, biases } = randomModel(2, 1, 'by hand');
    const x = image(uniform([1, 1, 1, WIDTH], 0.3, 0.7, 'by hand'), 0);
    const { epsilon, margin, y } = smallestEpsilon(x, weights, biases);
    const l1 = weights[y]!.reduce((sum, w, i) => sum + Math.abs(w - weights[1 - y]![i]!), 0);
    expect(epsilon).toBeCloseTo(margin / l1, 12);
  });

  it('moves every element by exactly epsilon against the weights, and clips at the bounds', async () => {
    const random = stream(1, 'corners');
    const weights = [Array.from({ length: WIDTH }, () => random.normal()), new Array<number>(WIDTH).fill(0)];
    // The first and the third element have no influence: their gradient is zero and they stay.
    weights[0]![0] = 0;
    weights[0]![2] = 0;
    const classifier = await classifierOf(linearModel(weights, [0, 0]));
    const images = uniform([5, 1, 1, WIDTH], 0, 1, 'corners');
    const clean = await classifier.predict(images);
    const { candidates } = await fgsm.prepare({
      ...contextOf(classifier, images),
      objective,
      parameters: {},
      random: (row) => stream(1, row),
    });
    const proposed = await candidates(0.25, [0, 1, 2, 3, 4], 0);
    for (let i = 0; i < images.data.length; i++) {
      const towards = clean[Math.floor(i / WIDTH)] === 0 ? -1 : 1;
      const wanted = images.data[i]! + towards * 0.25 * Math.sign(weights[0]![i % WIDTH]!);
      expect(proposed.data[i]).toBe(Math.fround(wanted));
    }
    const kept = await sweep({
      attack: fgsm,
      classifier,
      objective,
      images,
      labels: clean,
      budgets: [0.25],
      keepAdversarial: true,
    });
    expect(kept.adversarial!.data).toEqual(proposed.data.map((v) => Math.min(1, Math.max(0, v))));
    await classifier.release();
  });
});
