import { describe, expect, it } from 'vitest';
import type { Norm } from '../../../../src/core/attacks/harness/norms.js';
import { roundInside } from '../../../../src/core/attacks/harness/rounding.js';
import {
  attacks,
  perturbationSizes,
  project,
  type SweepOptions,
  sweep,
} from '../../../../src/core/attacks/index.js';
import { buildModel } from '../../../../src/core/models/build-model.js';
import { objectives } from '../../../../src/core/models/objectives/index.js';
import { attackOf } from '../../../support/attacks.js';
import { classifierOf, linearModel, normal, uniform } from '../../../support/classifiers.js';
import { dataOf } from '../../../support/errors.js';
import { float32 } from '../../../support/toolkit.js';

const bounds = [0, 1] as const;
const eightBits = (x: ReturnType<typeof uniform>) => ({
  ...x,
  data: x.data.map((v) => Math.fround(Math.round(v * 255) / 255)),
});
const onGrid = (v: number) => Math.fround(Math.round(v * 255) / 255) === v;
const original = eightBits(uniform([30, 1, 5, 5], 0, 1, 'grid'));

const cases: [Norm, number][] = [
  ['Linf', 0.05],
  ['Linf', 1.7 / 255],
  ['Linf', 0.4 / 255],
  ['L2', 0.2],
  ['L2', 0.01],
  ['L1', 0.5],
  ['L1', 0.03],
  ['L0', 25],
];

describe.each(cases)('rounding in the ball of %s and size %d', (norm, size) => {
  const noise = normal(original.dims, 'rounding', norm);
  const far = {
    ...original,
    data: original.data.map((v, i) => (i % 4 === 0 ? v : v + 0.05 * noise.data[i]!)),
  };
  const inside = project(original, far, norm, size, bounds);
  const rounded = roundInside(original, inside, { norm, size, bounds, levels: bounds, steps: 255 });

  it('keeps to the grid, the ball and the bounds', () => {
    expect(rounded.data.every((v) => onGrid(v) && v >= 0 && v <= 1)).toBe(true);
    for (const now of perturbationSizes(original, rounded, norm))
      expect(now).toBeLessThanOrEqual(size + 2e-6);
  });

  it('moves no element by a whole step, past its original, or that was left alone', () => {
    rounded.data.forEach((v, i) => {
      const [x, y] = [original.data[i]!, inside.data[i]!];
      expect(Math.abs(v - y)).toBeLessThan(1 / 255);
      expect((v - x) * (y - x)).toBeGreaterThanOrEqual(0);
      if (y === x) expect(v).toBe(x);
    });
  });

  it('gives up no more of the size than it has to', () => {
    // Elements are as near as they can be, but for those that make room for others.
    const nearest = inside.data.map((y) => Math.fround(Math.round(y * 255) / 255));
    const sizes = perturbationSizes(original, { ...original, data: nearest }, norm);
    sizes.forEach((now, n) => {
      if (now > size) return;
      expect(rounded.data.subarray(n * 25, (n + 1) * 25)).toEqual(nearest.subarray(n * 25, (n + 1) * 25));
    });
    if (norm === 'L2' && size === 0.2) {
      const left = perturbationSizes(original, rounded, norm).filter((_, n) => sizes[n]! > size);
      expect(left.length).toBeGreaterThan(3);
      for (const now of left) expect(now).toBeGreaterThan(size - 0.005);
    }
  });
});

it('elements off the grid never cross their original', () => {
  const off = float32([1, 1, 1, 2], [100.5 / 255, 100.5 / 255]);
  const inside = float32([1, 1, 1, 2], [100.9 / 255, 100.1 / 255]);
  const { data } = roundInside(off, inside, {
    norm: 'Linf',
    size: 0.45 / 255,
    bounds,
    levels: bounds,
    steps: 255,
  });
  expect([...data]).toEqual([...off.data]);
});

describe('a sweep that rounds', () => {
  const objective = objectives['cross-entropy'];
  async function attacked(options: Partial<SweepOptions>) {
    const classifier = await classifierOf(buildModel('25-F8-3', { seed: 2 }), { batchSize: 16 });
    const all = { classifier, objective, attack: attacks.fgsm, images: original, labels: Array(30).fill(0) };
    const result = await sweep({ ...all, budgets: [0.03, 0.1, 0.3], keepAdversarial: true, ...options });
    const predictions = await classifier.predict(result.adversarial!);
    await classifier.release();
    return { result, predictions };
  }

  it('judges the images that a file can hold', async () => {
    const { result, predictions } = await attacked({ rounding: 255 });
    expect(result.adversarial!.data.every(onGrid)).toBe(true);
    expect(result.points.at(-1)!.success.count).toBeGreaterThan(0);
    result.smallest.forEach((b, n) => {
      expect(predictions[n] !== result.clean[n]).toBe(b !== -1);
    });
    const sizes = perturbationSizes(original, result.adversarial!, 'Linf');
    result.distances.forEach((size, n) => {
      expect(size).toBe(result.smallest[n] === -1 ? Number.NaN : sizes[n]);
    });
  });

  it('does not count what rounding undoes, which is the only difference that it makes', async () => {
    // Class 1 wins as soon as the element exceeds 100/255, by however little.
    const classifier = await classifierOf(
      linearModel(
        [
          [0, 0],
          [1e4, 0],
        ],
        [1e4 * Math.fround(100.2 / 255), 0],
      ),
    );
    const hair = attackOf((x) => ({ ...x, data: x.data.map((v) => v + 0.3 / 255) }));
    const images = float32([1, 1, 1, 2], [100 / 255, 0.2]);
    const all = { attack: hair, classifier, objective, images, labels: [0], budgets: [0.1] };
    expect((await sweep(all)).smallest[0]).toBe(0);
    const rounded = await sweep({ ...all, rounding: 255 });
    expect(rounded.smallest[0]).toBe(-1);
    // Rounded back to what it was.
    expect(rounded.untouched[0]!.count).toBe(1);
    expect((await sweep({ ...all, rounding: 1000 })).smallest[0]).toBe(0);
    await classifier.release();
  });

  it.each(['pgd', 'apgd', 'deepfool', 'deepfool-linf', 'fab', 'square'] as const)(
    '%s looks for images that still fool once they are rounded',
    async (name) => {
      const attack = attacks[name];
      // With eight steps between black and white, what lies just behind a boundary is
      // rounded back as often as not.
      const images = { ...original, data: original.data.map((v) => Math.fround(Math.round(v * 8) / 8)) };
      const parameters: Record<string, number> =
        'steps' in attack.parameters ? { steps: 30 } : { queryBudget: 300 };
      const budgets = [attack.norm === 'Linf' ? 0.45 : 4];
      const { result } = await attacked({ attack, images, parameters, budgets, rounding: 8 });
      const exact = await attacked({ attack, images, parameters, budgets });
      expect(exact.result.points[0]!.success.count).toBeGreaterThanOrEqual(29);
      expect(result.points[0]!.success.count).toBeGreaterThanOrEqual(27);
    },
  );

  it('offers an attack in Linf whole steps, and the originals as they are', async () => {
    const seen: number[] = [];
    const asks = attackOf((x, budget) => {
      seen.push(budget);
      return x;
    });
    await attacked({ attack: asks, budgets: [0.5 / 255, 3.7 / 255, 4 / 255], rounding: 255 });
    expect([...new Set(seen)].map((size) => size * 255)).toEqual([0, 3, 4].map((k) => expect.closeTo(k, 6)));
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %d steps', async (rounding) => {
    expect((await dataOf('bad-value', () => attacked({ rounding }))).what).toBe(
      'rounding of adversarial inputs',
    );
  });
});
