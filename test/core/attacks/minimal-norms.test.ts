import { describe, expect, it } from 'vitest';
import type { MovingNorm } from '../../../src/core/attacks/harness/norms.js';
import {
  type AttackName,
  type AttackParameters,
  attacks,
  type SweepResult,
  sweep,
} from '../../../src/core/attacks/index.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { rows, type Tensor } from '../../../src/core/tensor/tensor.js';
import { classifierOf, linearModel, normal, uniform } from '../../support/classifiers.js';
import { type Linear, linearDistance } from '../../support/hyperplanes.js';
import { type ReluNet, reluDistance, reluModel } from '../../support/relu.js';

/** An attack with parameters that let it come close, and how close that is. */
interface Case {
  readonly name: AttackName;
  readonly parameters?: AttackParameters;
  /** Largest relative difference from the exact norm, in free space. */
  readonly tolerance: number;
}

/** DeepFool goes past the boundary by its overshoot. */
const deepfool: Case[] = (['deepfool', 'deepfool-linf'] as const).map((name) => ({
  name,
  parameters: { overshoot: 1e-4 },
  tolerance: 3e-4,
}));
const fab: Case[] = (['fab', 'fab-l2', 'fab-l1', 'fab-t'] as const).map((name) => ({
  name,
  tolerance: 5e-4,
}));
const carliniWagner: Case[] = [
  { name: 'carlini-wagner', parameters: { steps: 1000, stepSize: 0.005, initialC: 0.1 }, tolerance: 1e-2 },
];

async function minimal(
  model: Model,
  images: Tensor<'float32'>,
  { name, parameters }: Case,
): Promise<SweepResult> {
  const classifier = await classifierOf(model);
  const attack = attacks[name];
  const budgets = [attack.norm === 'Linf' ? 1 : 100];
  const labels = Array(images.dims[0]!).fill(0);
  const options = {
    attack,
    classifier,
    objective: objectives.margin,
    images,
    labels,
    budgets,
    keepAdversarial: true,
  };
  const result = await sweep({ ...options, ...(parameters && { parameters }) });
  await classifier.release();
  return result;
}

/** How much less close attacks come where bounds bend their way. */
const BOXED = 10;

const single = (values: Iterable<number>) => Array.from(values, Math.fround);
const matrix = (count: number, width: number, ...name: string[]) => {
  const { data } = normal([count, width], ...name);
  return Array.from({ length: count }, (_, k) => single(data.subarray(k * width, (k + 1) * width)));
};
const points = (images: Tensor<'float32'>) =>
  Array.from({ length: images.dims[0]! }, (_, n) => [...rows(images, n, n + 1).data]);
const normOf = ({ name }: Case) => attacks[name].norm as MovingNorm;

/**
 * One element goes to its bound in L1; and Carlini and Wagner's loss pulls to the most likely
 * class, not to the nearest.
 */
const inFreeSpace = [...deepfool, ...fab, ...carliniWagner].flatMap((tried) =>
  [2, 5]
    .filter((classes) => tried.name !== 'fab-l1' && (tried.name !== 'carlini-wagner' || classes === 2))
    .map((classes) => [tried.name, classes, tried] as const),
);

describe('on linear models', () => {
  it.each(inFreeSpace)(
    '%s finds margin over the dual norm of the weights, %i classes',
    async (_, classes, tried) => {
      const model: Linear = {
        weights: matrix(classes, 20, 'free', `${classes}`),
        biases: Array(classes).fill(0.25),
      };
      // Far from the bounds for all of these inputs.
      const images = uniform([20, 1, 1, 20], 0.4, 0.6, 'free', `${classes}`);
      const exact = points(images).map((x) => linearDistance(normOf(tried), model, x, false));
      const boxed = points(images).map((x) => linearDistance(normOf(tried), model, x, true));
      const result = await minimal(linearModel(model.weights, model.biases), images, tried);
      let compared = 0;
      exact.forEach(({ label, distance }, n) => {
        expect(result.clean[n]).toBe(label);
        // Where a bound is in the way, or hardly anything: not the question here.
        if (boxed[n]!.distance > distance * (1 + 1e-9) || distance < 1e-2) return;
        compared += 1;
        expect(result.distances[n]! / distance, `input ${n}`).toBeGreaterThan(1 - 1e-4);
        expect(result.distances[n]! / distance, `input ${n}`).toBeLessThan(1 + tried.tolerance);
      });
      expect(compared).toBeGreaterThan(8);
    },
  );
});

/** Of two classes: which boundary is the nearest, the attacks decide without a look at the bounds. */
describe.each([...fab, ...carliniWagner])('$name with bounds in the way', (tried) => {
  it('finds what the exact solver finds', async () => {
    const model: Linear = { weights: matrix(2, 10, 'boxed'), biases: [0.2, 0] };
    // Many elements at or near a bound.
    const spread = uniform([30, 1, 1, 10], -0.4, 1.4, 'boxed');
    const images = { ...spread, data: spread.data.map((v) => Math.min(1, Math.max(0, v))) };
    const exact = points(images).map((x) => linearDistance(normOf(tried), model, x, true));
    const free = points(images).map((x) => linearDistance(normOf(tried), model, x, false));
    const result = await minimal(linearModel(model.weights, model.biases), images, tried);
    let bound = 0;
    exact.forEach(({ distance }, n) => {
      if (distance < 1e-2 || distance === Number.POSITIVE_INFINITY) return;
      if (distance > 1.02 * free[n]!.distance) bound += 1;
      expect(result.distances[n]! / distance, `input ${n}`).toBeGreaterThan(1 - 1e-4);
      expect(result.distances[n]! / distance, `input ${n}`).toBeLessThan(1 + BOXED * tried.tolerance);
    });
    expect(bound).toBeGreaterThan(5);
  });
});

describe('on piecewise linear models', () => {
  const nets = Array.from({ length: 4 }, (_, seed): ReluNet => {
    const [W, V] = [matrix(6, 2, 'relu W', `${seed}`), matrix(3, 6, 'relu V', `${seed}`)];
    // Kinks inside the square: each unit turns on along a line through a point of it.
    const through = points(uniform([6, 1, 1, 2], 0.1, 0.9, 'relu b', `${seed}`));
    const b = single(W.map((row, j) => -(row[0]! * through[j]![0]! + row[1]! * through[j]![1]!)));
    return { W, b, V, c: [0.05, 0, -0.05] };
  });
  const images = uniform([25, 1, 1, 2], 0, 1, 'relu');

  /** Found over exact, of all inputs of all nets that have another class in reach. */
  async function ratios(tried: Case): Promise<number[]> {
    const all: number[] = [];
    for (const net of nets) {
      const result = await minimal(reluModel(net), images, tried);
      points(images).forEach((x, n) => {
        const { label, distance } = reluDistance(normOf(tried), net, x);
        if (distance < 5e-3 || distance === Number.POSITIVE_INFINITY) return;
        expect(result.clean[n]).toBe(label);
        all.push(result.distances[n]! / distance);
      });
    }
    return all.sort((a, b) => (Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b));
  }

  const cases: (Case & { exact: number; fooled: number })[] = [
    // The share of inputs whose minimum is found to the tolerance, and how many are fooled at all: all of
    // these searches are local.
    { name: 'deepfool', parameters: { overshoot: 1e-3 }, tolerance: 0.01, exact: 0.5, fooled: 0.6 },
    { name: 'deepfool-linf', parameters: { overshoot: 1e-3 }, tolerance: 0.01, exact: 0.4, fooled: 0.6 },
    { name: 'fab', parameters: { restarts: 3 }, tolerance: 0.01, exact: 0.8, fooled: 0.9 },
    { name: 'fab-l2', parameters: { restarts: 3 }, tolerance: 0.01, exact: 0.8, fooled: 0.9 },
    { name: 'fab-l1', parameters: { restarts: 3 }, tolerance: 0.01, exact: 0.75, fooled: 0.9 },
    { name: 'fab-t', parameters: { restarts: 3 }, tolerance: 0.01, exact: 0.8, fooled: 0.9 },
    {
      name: 'carlini-wagner',
      parameters: { stepSize: 0.01, initialC: 0.1 },
      tolerance: 0.01,
      exact: 0.6,
      fooled: 0.65,
    },
  ];
  it.each(cases)(
    '$name is never below the minimum of all activation patterns, and mostly at it',
    async (tried) => {
      const found = await ratios(tried);
      expect(found.length).toBeGreaterThan(60);
      const fooled = found.filter((r) => !Number.isNaN(r));
      expect(fooled[0]).toBeGreaterThan(1 - 1e-3);
      const share = (limit: number) => fooled.filter((r) => r < limit).length / found.length;
      expect(share(1 + tried.tolerance)).toBeGreaterThan(tried.exact);
      expect(fooled.length / found.length).toBeGreaterThan(tried.fooled);
    },
  );
});
