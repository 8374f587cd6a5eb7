import { describe, expect, it } from 'vitest';
import {
  type Norm,
  outcomeArrays,
  perturbationSizes,
  type SweepOptions,
  sweep,
} from '../../../src/core/attacks/index.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { attackOf } from '../../support/attacks.js';
import { classifierOf, linearModel } from '../../support/classifiers.js';
import { float32, int64 } from '../../support/toolkit.js';

/** Class 1 wins as soon as the first element exceeds one half; the second has no say. */
const threshold = linearModel(
  [
    [0, 0],
    [1, 0],
  ],
  [0.5, 0],
);
const images = float32([4, 1, 1, 2], [0.4, 0.5, 0.2, 0.5, 0, 0.5, 0.9, 0.5]);
const labels = [0, 0, 0, 1];

async function distances(
  norm: Norm,
  budgets: number[],
  move: [number, number],
  options: Partial<SweepOptions> = {},
) {
  const classifier = await classifierOf(threshold, { batchSize: 3 });
  const attack = attackOf((x) => ({ ...x, data: x.data.map((v, i) => v + move[i % 2]!) }), norm);
  const objective = objectives.margin;
  const all = { attack, classifier, objective, images, labels, budgets, keepAdversarial: true };
  const result = await sweep({ ...all, ...options });
  await classifier.release();
  return result;
}

describe('distances', () => {
  it('are sizes of what was judged, at the smallest budget that fooled the model', async () => {
    // The harness cuts the move of 0.7 to each budget; the first input needs 0.1, the
    // second 0.3, the third 0.5.
    const { distances: sizes, smallest } = await distances('Linf', [0.2, 0.4], [0.7, 0.7]);
    expect([...smallest]).toEqual([0, 1, -1, -1]);
    expect(sizes[0]).toBeCloseTo(0.2, 6);
    expect(sizes[1]).toBeCloseTo(0.4, 6);
    expect([...sizes.slice(2)]).toEqual([Number.NaN, Number.NaN]);
  });

  it.each<[Norm, number]>([
    ['Linf', 0.35],
    ['L2', Math.hypot(0.35, 0.25)],
    ['L1', 0.6],
    ['L0', 2],
  ])('are in the norm of the attack: %s', async (norm, size) => {
    const { distances: sizes, smallest, adversarial } = await distances(norm, [0.001, 100], [0.35, 0.25]);
    expect([...smallest]).toEqual([1, 1, -1, -1]);
    expect(sizes[0]).toBeCloseTo(size, 6);
    expect([...sizes.slice(0, 2)]).toEqual([...perturbationSizes(images, adversarial!, norm).slice(0, 2)]);
  });

  it('count what is left of the perturbation after the bounds', async () => {
    const { distances: sizes } = await distances('L2', [100], [0.7, 0.7]);
    expect(sizes[0]).toBeCloseTo(Math.hypot(0.6, 0.5), 6);
  });

  it('do not change when the fooled are dropped', async () => {
    const all = await distances('Linf', [0.2, 0.4, 0.6], [0.7, 0.7]);
    const dropped = await distances('Linf', [0.2, 0.4, 0.6], [0.7, 0.7], { dropFooled: true });
    expect(dropped.distances).toEqual(all.distances);
  });

  it('are told in a file where they are asked for', async () => {
    const result = await distances('Linf', [0.2, 0.4], [0.7, 0.7]);
    const inputs = { indices: [0, 1, 2, 3], labels: int64([4], labels), budgets: [0.2, 0.4] };
    expect(outcomeArrays(result, inputs).has('distances')).toBe(false);
    const told = outcomeArrays(result, { ...inputs, withDistances: true }).get('distances')!;
    expect(told).toMatchObject({ dtype: 'float64', dims: [4] });
    expect([...told.data]).toEqual([...result.distances]);
  });
});
