import { describe, expect, it } from 'vitest';
import type { MovingNorm } from '../../../src/core/attacks/harness/norms.js';
import {
  type AttackName,
  type AttackParameters,
  attacks,
  perturbationSizes,
  type SweepOptions,
  sweep,
} from '../../../src/core/attacks/index.js';
import { pyramidWindows, squares } from '../../../src/core/attacks/search/square-moves.js';
import { planeOf, windowShare } from '../../../src/core/attacks/square.js';
import { stream } from '../../../src/core/base/random.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { rows } from '../../../src/core/tensor/tensor.js';
import { classifierOf, linearModel, normal, uniform } from '../../support/classifiers.js';
import { linearDistance } from '../../support/hyperplanes.js';

const objective = objectives['cross-entropy'];
const names = [
  'square',
  'square-l2',
  'rays',
  'hop-skip-jump',
  'hop-skip-jump-linf',
  'noise',
  'noise-l2',
] as const;
const budgetOf = (name: AttackName) => (attacks[name].norm === 'Linf' ? 0.3 : 2);
const images = uniform([12, 1, 6, 6], 0, 1, 'black box');

async function attacked(
  name: AttackName,
  parameters: AttackParameters = {},
  options: Partial<SweepOptions> = {},
) {
  const classifier = await classifierOf(buildModel('36-F12-4', { seed: 5 }), { batchSize: 5 });
  const all = {
    attack: attacks[name],
    classifier,
    objective,
    images,
    labels: Array(12).fill(0),
    parameters,
  };
  const result = await sweep({ ...all, budgets: [budgetOf(name)], ...options });
  await classifier.release();
  return { result, queries: classifier.queries };
}

describe.each(names)('%s', (name) => {
  it('asks for no gradient, and stays within its queries', async () => {
    for (const queryBudget of [1, 37, 150]) {
      const own: AttackParameters =
        'queryBudget' in attacks[name].parameters ? { queryBudget } : { draws: queryBudget };
      const { queries } = await attacked(name, own);
      expect(queries.gradient).toBe(0);
      // The predictions before the attack and what is judged are the harness's.
      expect(queries.forward).toBeLessThanOrEqual(12 * (queryBudget + 2));
      expect(queries.forward).toBeGreaterThan(12);
    }
  });

  it('gives each input the same numbers, whatever is attacked with it', async () => {
    const own: AttackParameters =
      'queryBudget' in attacks[name].parameters ? { queryBudget: 120 } : { draws: 9 };
    const keep = { keepAdversarial: true, budgets: [0.5, 1, 2].map((b) => b * 0.5 * budgetOf(name)) };
    const whole = (await attacked(name, own, keep)).result;
    const dropped = (await attacked(name, own, { ...keep, dropFooled: true })).result;
    expect(dropped.adversarial!.data).toEqual(whole.adversarial!.data);
    expect(dropped.distances).toEqual(whole.distances);
    // The first five inputs alone are the first batch.
    const some = { ...keep, images: rows(images, 0, 5), labels: Array(5).fill(0) };
    const alone = (await attacked(name, own, some)).result;
    expect(alone.adversarial!.data).toEqual(rows(whole.adversarial!, 0, 5).data);
    const other = (await attacked(name, own, { ...keep, seed: 2 })).result;
    // No step of RayS is random.
    if (name === 'rays') expect(other.adversarial!.data).toEqual(whole.adversarial!.data);
    else expect(other.adversarial!.data).not.toEqual(whole.adversarial!.data);
  });
});

describe('on linear models', () => {
  const model = {
    weights: Array.from({ length: 2 }, (_, k) => [...normal([16], 'linear', `${k}`).data]),
    biases: [0, 0],
  };
  const x = uniform([10, 1, 4, 4], 0.35, 0.65, 'linear');

  it.each([
    // How much more than the minimum is enough, with how many queries.
    ['square', 1.05, 500],
    ['square-l2', 1.3, 1000],
    ['rays', 1.05, 500],
    ['hop-skip-jump', 1.05, 3000],
    ['hop-skip-jump-linf', 1.05, 3000],
  ] as const)('%s succeeds within %d of the minimal norm', async (name, factor, queryBudget) => {
    const attack = attacks[name];
    const norm = attack.norm as MovingNorm;
    const flat = Array.from({ length: 10 }, (_, n) => [...rows(x, n, n + 1).data]);
    const exact = flat.map((point) => linearDistance(norm, model, point, true).distance);
    const classifier = await classifierOf(linearModel(model.weights, model.biases));
    const budgets = [...exact.map((d) => d * factor), ...exact.map((d) => d * 0.999)].sort((a, b) => a - b);
    const all = {
      attack,
      classifier,
      objective,
      images: { ...x, dims: [10, 1, 1, 16] },
      labels: Array(10).fill(0),
    };
    const result = await sweep({ ...all, budgets, parameters: { queryBudget } });
    exact.forEach((distance, n) => {
      if (distance < 5e-3) return;
      const smallest = budgets[result.smallest[n]!]!;
      expect(smallest, `input ${n}`).toBeLessThanOrEqual(distance * factor);
      expect(smallest, `input ${n}`).toBeGreaterThan(distance * 0.9999);
      expect(result.distances[n], `input ${n}`).toBeGreaterThan(distance * 0.999);
    });
    await classifier.release();
  });
});

describe('a gradient that is masked by saturation', () => {
  // A margin of some hundreds: the cross-entropy and its gradient underflow.
  const weights = [0, 1].map((k) => [...normal([16], 'saturated', `${k}`).data].map((w) => 1000 * w));
  const x = uniform([10, 1, 4, 4], 0, 1, 'saturated');

  it('stops the fast gradient sign method, but no attack that looks at outputs', async () => {
    const classifier = await classifierOf(linearModel(weights, [0, 0]));
    const flat = { ...x, dims: [10, 1, 1, 16] };
    const all = { classifier, objective, images: flat, labels: Array(10).fill(0), budgets: [0.5] };
    const fgsm = await sweep({ ...all, attack: attacks.fgsm });
    const masked = fgsm.gradient!.zeroInputs.count;
    expect(masked).toBeGreaterThanOrEqual(8);
    expect(fgsm.points[0]!.success.count).toBeLessThanOrEqual(10 - masked);
    for (const name of ['square', 'hop-skip-jump-linf', 'deepfool-linf', 'fab'] as const) {
      const parameters: AttackParameters =
        'queryBudget' in attacks[name].parameters ? { queryBudget: 1500 } : {};
      const result = await sweep({ ...all, attack: attacks[name], parameters });
      expect(result.points[0]!.success.count, name).toBe(10);
    }
    await classifier.release();
  });
});

describe('noise', () => {
  it('is no more than the budget, and all of it at the corners and on the sphere', async () => {
    const shapes = [
      ['noise', 'corners'],
      ['noise-l2', 'sphere'],
    ] as const;
    for (const [name, edge] of shapes) {
      const grey = { ...images, data: images.data.map(() => 0.5) };
      for (const shape of ['ball', edge]) {
        const options = { keepAdversarial: true, images: grey, budgets: [0.25] };
        const { result } = await attacked(name, { shape, draws: 1 }, options);
        const sizes = perturbationSizes(grey, result.adversarial!, result.norm);
        for (const size of sizes) expect(size).toBeLessThanOrEqual(0.25 + 1e-6);
        if (shape === edge) for (const size of sizes) expect(size).toBeGreaterThan(0.25 - 1e-6);
        else expect(Math.min(...sizes)).toBeLessThan(0.25 - 1e-5);
      }
    }
  });

  it('draws the same for a budget, whatever smaller budgets there are', async () => {
    const at = async (budgets: number[]) => (await attacked('noise', { draws: 5 }, { budgets })).result;
    const [alone, after] = [await at([0.3]), await at([0.05, 0.1, 0.3])];
    expect(after.predictions[2]).toEqual(alone.predictions[0]);
    const fresh = [...alone.distances].filter((_, n) => after.smallest[n] === 2);
    expect(fresh.length).toBeGreaterThan(0);
    expect([...after.distances].filter((_, n) => after.smallest[n] === 2)).toEqual(fresh);
  });

  it('succeeds more often the more is drawn, and less often than an attack that looks', async () => {
    const counts = [];
    for (const draws of [1, 10, 100])
      counts.push((await attacked('noise', { draws })).result.points[0]!.success.count);
    expect([...counts].sort((a, b) => a - b)).toEqual(counts);
    expect(counts[0]).toBeLessThan(counts[2]!);
    const { result } = await attacked('square', { queryBudget: 100 });
    expect(result.points[0]!.success.count).toBeGreaterThan(counts[2]!);
  });
});

describe('the windows of the Square Attack', () => {
  it('halve at the published steps, whatever the number of queries', () => {
    const after = (step: number) => 0.8 / windowShare(0.8, step, 10_000);
    expect([0, 10, 11, 50, 51, 200, 201, 1000, 1001, 2001, 4001, 6001, 8001, 9999].map(after)).toEqual([
      1, 1, 2, 2, 4, 4, 8, 8, 16, 32, 64, 128, 256, 256,
    ]);
    expect(windowShare(0.8, 6, 500)).toBe(windowShare(0.8, 120, 10_000));
  });

  it('see channels, rows and columns', () => {
    expect(planeOf([3, 5, 7])).toEqual({ channels: 3, height: 5, width: 7 });
    expect(planeOf([9])).toEqual({ channels: 1, height: 1, width: 9 });
  });

  it.each([
    [3, 8, 8],
    [1, 1, 12],
    [2, 3, 9],
    [1, 1, 1],
    [1, 2, 2],
  ])('keep to the ball and the bounds: %i x %i x %i', (...dims) => {
    const plane = planeOf(dims);
    const random = stream(3, 'windows');
    const bounds = [0, 1] as const;
    const original = uniform(dims, 0, 1, 'windows').data;
    for (const [moves, norm, epsilon] of [
      [squares, 'Linf', 0.2],
      [pyramidWindows, 'L2', 0.7],
    ] as const) {
      let current = moves.start({ plane, original, current: original, epsilon, share: 0.8, bounds, random });
      let changes = 0;
      for (let step = 0; step < 60; step++) {
        expect(current.every((v) => v >= 0 && v <= 1)).toBe(true);
        const as = (data: Float32Array) => ({ dtype: 'float32' as const, dims: [1, ...dims], data });
        expect(perturbationSizes(as(original), as(current), norm)[0]).toBeLessThanOrEqual(epsilon + 1e-6);
        const share = 0.8 / 2 ** (step % 8);
        const next = moves.next({ plane, original, current, epsilon, share, bounds, random });
        if (next.some((v, i) => v !== current[i])) changes += 1;
        current = next;
      }
      if (original.length > 4) expect(changes).toBeGreaterThan(50);
    }
  });

  it('of Linf put every element of a square at a corner of the ball, with one sign for each channel', () => {
    const plane = planeOf([2, 6, 6]);
    const original = new Float32Array(72).fill(0.5);
    const move = { plane, original, epsilon: 0.25, bounds: [0, 1] as const, random: stream(1, 'corner') };
    const next = squares.next({ ...move, current: original, share: 4 / 36 });
    for (const c of [0, 1]) {
      const changed = [...next.subarray(c * 36, (c + 1) * 36)].filter((v) => v !== 0.5);
      expect(changed).toHaveLength(4);
      expect(new Set(changed).size).toBe(1);
      expect(Math.abs(changed[0]! - 0.5)).toBe(0.25);
    }
  });
});
