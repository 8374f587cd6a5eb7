import { integer, number } from '../base/parameters.js';
import { argMax } from '../tensor/floats.js';
import type { Tensor } from '../tensor/tensor.js';
import { defineAttack } from './attack.js';
import { type Bounds, clipAt, rangeOf } from './harness/bounds.js';
import { epsilonLinf } from './harness/epsilon.js';
import { pauses } from './harness/pause.js';
import { everyRow, pickRows, rowOf, stacked } from './harness/rows.js';
import { type Ray, raySearch } from './search/ray-search.js';

type Floats = Tensor<'float32'>;

const PAPER =
  'Chen and Gu 2020, "RayS: A Ray Searching Method for Hard-label Adversarial Attack", Algorithm 3';

/** The point of a ray at some radius, cut to the bounds. */
function pointAt(original: Float32Array, signs: Int8Array, radius: number, bounds: Bounds): Float32Array {
  return original.map((x, i) => clipAt(x + radius * (signs[i] ?? 0), bounds, i));
}

/**
 * RayS (Chen and Gu 2020): sees decisions alone, no logits and no gradients. Of all rays from the input to
 * corners of the cube around it, it looks for the one on which the decision changes first: signs are flipped
 * in blocks that are halved again and again, one query tells whether a ray is better than the best one, and a
 * binary search how much.
 *
 * All budgets share one search, smaller ones first: an input leaves as soon as its radius is within the
 * budget. No step is random.
 */
export const rays = defineAttack({
  name: 'rays',
  title: 'RayS',
  source: PAPER,
  norm: 'Linf',
  followsObjective: false,
  budget: epsilonLinf,
  parameters: {
    queryBudget: integer({
      help: 'queries at most, for each input and all budgets together',
      unit: 'queries',
      default: 10_000,
      minimum: 1,
      maximum: 10_000_000,
      source: 'Chen and Gu 2020, section 4.1',
    }),
    tolerance: number({
      help: 'precision of the binary search for the radius',
      unit: 'input units',
      default: 0.001,
      minimum: 1e-6,
      maximum: 1,
      source: 'Chen and Gu 2020, section 4.1',
    }),
  },
  async prepare({ images, target, parameters, signal, labels: given, goal }) {
    const labels = given ?? argMax(await target.logits(images, everyRow(images)));
    const { bounds } = target;
    const width = images.data.length / Math.max(1, images.dims[0] ?? 0);
    const searches = new Map<number, Ray>();
    const left = new Map<number, number>();
    const pause = pauses(signal);
    const searchOf = (row: number): Ray => {
      const found = searches.get(row) ?? raySearch(width, rangeOf(bounds, width), parameters.tolerance);
      searches.set(row, found);
      return found;
    };
    const best = (row: number): Float32Array => {
      const { signs, radius } = searchOf(row).best;
      const original = rowOf(images, row);
      return Number.isFinite(radius) ? pointAt(original, signs, radius, bounds) : original;
    };

    async function search(epsilon: number, rows: readonly number[]): Promise<void> {
      const isOpen = (row: number) =>
        searchOf(row).best.radius > epsilon && (left.get(row) ?? parameters.queryBudget) > 0;
      for (let live = rows.filter(isOpen); live.length > 0; live = live.filter(isOpen)) {
        await pause();
        const asked: Floats = stacked(
          images,
          live.map((row) => {
            const { signs, radius } = searchOf(row).tried;
            return pointAt(rowOf(images, row), signs, radius, bounds);
          }),
        );
        const answers = await target.predict(asked, live);
        const fooled = live.map((row, at) => goal.isReached(answers[at] ?? -1, row, labels[row] ?? -1));
        const done = await goal.confirmed(asked, live, fooled);
        live.forEach((row, at) => {
          left.set(row, (left.get(row) ?? parameters.queryBudget) - 1);
          searchOf(row).hear(done[at] === true);
        });
      }
    }

    return {
      async candidates(epsilon, rows) {
        if (epsilon === 0) return pickRows(images, rows);
        await search(epsilon, rows);
        return stacked(images, rows.map(best));
      },
      stuck: (row) => !Number.isFinite(searches.get(row)?.best.radius ?? 0),
    };
  },
});
