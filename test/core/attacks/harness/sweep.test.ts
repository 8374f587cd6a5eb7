import { describe, expect, it } from 'vitest';
import type { Attack } from '../../../../src/core/attacks/attack.js';
import {
  type Norm,
  perturbationSizes,
  type SweepOptions,
  sweep,
} from '../../../../src/core/attacks/index.js';
import { buildModel } from '../../../../src/core/models/build-model.js';
import { objectives } from '../../../../src/core/models/objectives/index.js';
import { argMax } from '../../../../src/core/tensor/floats.js';
import type { Tensor } from '../../../../src/core/tensor/tensor.js';
import { attackOf, type Propose } from '../../../support/attacks.js';
import { classifierOf, uniform } from '../../../support/classifiers.js';

const COUNT = 12;
const budgets = [0, 0.05, 0.2, 0.6];
const images = uniform([COUNT, 1, 6, 6], 0, 1, 'images');
const labels = Array.from({ length: COUNT }, (_, n) => n % 4);
const small = () => buildModel('1x6x6-C3k3-F16-4', { seed: 11 });

async function attacked(attack: Attack, options: Partial<SweepOptions> = {}) {
  const classifier = await classifierOf(small(), { batchSize: 5 });
  const before = Float32Array.from(images.data);
  const result = await sweep({
    attack,
    classifier,
    objective: objectives['cross-entropy'],
    images,
    labels,
    budgets,
    keepAdversarial: true,
    ...options,
  });
  expect(images.data).toEqual(before);
  await classifier.release();
  return result;
}

/** The images that an attack is judged by, and what an independent run of the model says of them. */
async function again(adversarial: Tensor<'float32'>) {
  const classifier = await classifierOf(small());
  const prediction = argMax(await classifier.logits(adversarial));
  await classifier.release();
  return prediction;
}

const fill = (x: Tensor<'float32'>, value: (i: number) => number) => ({
  ...x,
  data: Float32Array.from(x.data, (_, i) => value(i)),
});

/** Ways to break the rules; each must be judged by what is left of it after projection. */
const cheats: readonly [string, Propose][] = [
  ['leaves the ball', (x) => fill(x, (i) => (x.data[i]! > 0.5 ? 0 : 1))],
  ['leaves the bounds', (x, epsilon) => fill(x, (i) => x.data[i]! + 100 * epsilon * (i % 2 === 0 ? 1 : -1))],
  [
    'returns infinities',
    (x) => fill(x, (i) => (i % 2 === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY)),
  ],
  ['returns NaN in places', (x) => fill(x, (i) => (i % 3 === 0 ? Number.NaN : 1 - x.data[i]!))],
  ['returns other images', (x) => uniform(x.dims, 0, 1, 'other')],
  ['returns its input rolled by one image', (x) => fill(x, (i) => x.data[(i + 36) % x.data.length]!)],
];

describe.each<Norm>(['Linf', 'L2', 'L1'])('in the norm %s, an attack that', (norm) => {
  it.each(cheats)('%s is judged after projection', async (_, propose) => {
    const result = await attacked(attackOf(propose, norm));
    const adversarial = result.adversarial!;
    const used = Array.from(result.smallest, (b) => budgets[b === -1 ? budgets.length - 1 : b]!);
    perturbationSizes(images, adversarial, norm).forEach((size, n) => {
      expect(size).toBeLessThanOrEqual(used[n]! + 1e-5);
    });
    expect(adversarial.data.every((v) => v >= 0 && v <= 1)).toBe(true);
    // What counts as fooled fools the model, and what does not does not.
    const predictions = await again(adversarial);
    result.smallest.forEach((b, n) => {
      expect(predictions[n] !== result.clean[n]).toBe(b !== -1);
    });
    // A budget of zero leaves no room for anything.
    expect(result.points[0]!.success.count).toBe(0);
    expect(result.untouched[0]!.count).toBe(COUNT);
  });
});

describe('an attack cannot report its own success', () => {
  it('does nothing: never successful, and visibly no robust model', async () => {
    const nothing = await attacked(attackOf((x) => x));
    for (const point of nothing.points) {
      expect(point.success).toMatchObject({ count: 0, total: COUNT, value: 0 });
      expect(point.successAtBudget.count).toBe(0);
      expect(point.robustAccuracy).toEqual(nothing.cleanAccuracy);
    }
    expect(nothing.untouched.every((rate) => rate.value === 1)).toBe(true);
    expect(nothing.gradient).toBeUndefined();
    expect(nothing.adversarial!.data).toEqual(images.data);
    // One that does something but fails is another matter.
    const useless = await attacked(attackOf((x) => fill(x, (i) => x.data[i]! + 1e-7)));
    expect(useless.points.at(-1)!.success.count).toBe(0);
    expect(useless.untouched.at(-1)!.count).toBeLessThan(COUNT);
  });

  it('returns NaN alone: the same as doing nothing', async () => {
    const result = await attacked(attackOf((x) => fill(x, () => Number.NaN)));
    expect(result.points.at(-1)!.success.count).toBe(0);
    expect(result.untouched.at(-1)!.value).toBe(1);
  });

  it('claims logits and success that nobody asked for', async () => {
    const idle = attackOf((x) => x);
    const boast: Attack = {
      ...idle,
      async prepare(context) {
        const logits = uniform([context.images.dims[0]!, 4], 0, 1, 'forged');
        return { ...(await idle.prepare(context)), logits, predictions: [3, 3, 3, 3, 3], success: 1 };
      },
    };
    const result = await attacked(boast);
    expect(result.clean).toEqual(await again(images));
    expect(result.points.map((p) => p.success.count)).toEqual([0, 0, 0, 0]);
  });

  it('spoils its copy of the images: they are not what it is measured against', async () => {
    const spoil = attackOf(
      (x) => x,
      'Linf',
      (context) => {
        context.images.data.fill(0.5);
      },
    );
    // Its candidates are grey now: for the harness a perturbation like any other.
    const result = await attacked(spoil);
    expect(result.clean).toEqual(await again(images));
    const sizes = perturbationSizes(images, result.adversarial!, 'Linf');
    expect(Math.max(...sizes)).toBeLessThanOrEqual(0.6 + 1e-6);
  });

  it.each([
    ['too few', (x: Tensor<'float32'>) => ({ ...x, data: x.data.slice(0, 36) })],
    ['too many', (x: Tensor<'float32'>) => ({ ...x, data: new Float32Array(x.data.length + 1) })],
  ])('returns %s candidates', async (_, propose) => {
    await expect(attacked(attackOf(propose))).rejects.toMatchObject({ code: 'data-mismatch' });
  });
});

describe('an attack that fails', () => {
  it('fails the sweep rather than counting as a robust model', async () => {
    const broken = attackOf(() => {
      throw new Error('broken attack');
    });
    await expect(attacked(broken)).rejects.toThrow('broken attack');
  });
});
