import { integer, number } from '../base/parameters.js';
import type { Random } from '../base/random.js';
import { argMax } from '../tensor/floats.js';
import type { Tensor } from '../tensor/tensor.js';
import { defineAttack } from './attack.js';
import { epsilonL2, epsilonLinf } from './harness/epsilon.js';
import { pauses } from './harness/pause.js';
import { everyRow, pickRows, rowOf } from './harness/rows.js';
import { type Moves, type Plane, pyramidWindows, squares } from './search/square-moves.js';

type Floats = Tensor<'float32'>;

/**
 * Of 10000 queries, those after which the windows' share of the area is halved (Andriushchenko
 * et al. 2020, section 5).
 */
const HALVINGS = [10, 50, 200, 1000, 2000, 4000, 6000, 8000];

/** Share of the area that the window of query `step` covers, for a budget of `total` queries. */
export function windowShare(initial: number, step: number, total: number): number {
  const scaled = Math.floor((step / total) * 10_000);
  return initial / 2 ** HALVINGS.filter((after) => scaled > after).length;
}

/** The last three dimensions of an input, as the attack sees them. */
export function planeOf(dims: readonly number[]): Plane {
  const [width = 1, height = 1, ...more] = [...dims].reverse();
  return { width, height, channels: more.reduce((product, dim) => product * dim, 1) };
}

/** Where the search of one input is. */
interface Place {
  current: Float32Array;
  /** How far another class is above the label; positive once the model is fooled. */
  lead: number;
  readonly random: Random;
}

/**
 * Square Attack (Andriushchenko et al. 2020): random search with square windows that shrink as queries
 * are used up. It sees logits alone, so that no hidden gradient deceives it. Each proposal is kept if
 * it does not raise the margin `z_y - max other`; inputs leave as soon as they are fooled, and are proposed
 * again for all larger budgets.
 */
function squareIn(norm: 'Linf' | 'L2', name: string, moves: Moves, firstShare: number) {
  return defineAttack({
    name,
    title: `Square Attack, ${norm}`,
    source:
      'Andriushchenko et al. 2020, "Square Attack: a query-efficient black-box adversarial attack via ' +
      'random search"',
    norm,
    followsObjective: false,
    budget: norm === 'Linf' ? epsilonLinf : epsilonL2,
    parameters: {
      queryBudget: integer({
        help: 'queries at most, for each input and budget',
        unit: 'queries',
        default: 5000,
        minimum: 1,
        maximum: 10_000_000,
        source: 'Croce and Hein 2020, AutoAttack',
      }),
      initialShare: number({
        help: 'share of the elements that the first windows cover, halved by the published schedule',
        unit: 'fraction',
        default: firstShare,
        minimum: 1e-4,
        maximum: 1,
        source: 'Andriushchenko et al. 2020 and Croce and Hein 2020, AutoAttack',
      }),
    },
    async prepare({ images, target, parameters, random, signal, labels: given, transfer, goal }) {
      const labels = given ?? argMax(await target.logits(images, everyRow(images)));
      const plane = planeOf(images.dims.slice(1));
      const queries = parameters.queryBudget;
      const fooled = new Map<number, Float32Array>();
      const pause = pauses(signal);

      async function search(epsilon: number, rows: readonly number[]): Promise<Map<number, Float32Array>> {
        const places = new Map<number, Place>();
        let live = [...rows];
        for (let step = 0; step < queries && live.length > 0; step++) {
          await pause();
          const proposed = live.map((row) => {
            const place = places.get(row);
            const original = rowOf(images, row);
            // The numbers of a budget do not depend on what an earlier budget needed.
            const stream = place?.random ?? random(row);
            if (!place)
              places.set(row, { current: original, lead: Number.NEGATIVE_INFINITY, random: stream });
            const share = windowShare(parameters.initialShare, step, queries);
            const current = place?.current ?? original;
            const move = { plane, original, current, epsilon, share, bounds: target.bounds, random: stream };
            return place ? moves.next(move) : moves.start(move);
          });
          const asked: Floats = {
            ...images,
            dims: [live.length, ...images.dims.slice(1)],
            data: flat(proposed),
          };
          const logits = await target.logits(asked, live);
          const leads = live.map((row, at) => goal.lead(logits, at, row, labels[row]!));
          const done = await goal.confirmed(
            asked,
            live,
            leads.map((now) => now > 0),
          );
          live = live.filter((row, at) => {
            const place = places.get(row)!;
            const now = leads[at]!;
            // Equal leads too: logits of quantized networks have plateaus, on which only moves that change
            // nothing lead on.
            if (now >= place.lead) Object.assign(place, { current: proposed[at]!, lead: now });
            // What fools the source need not fool the attacked model, and is looked for
            // anew at the next budget.
            if (done[at] && !transfer) fooled.set(row, proposed[at]!);
            return !done[at];
          });
        }
        return new Map([...places].map(([row, place]) => [row, place.current]));
      }

      return {
        async candidates(epsilon, rows) {
          const originals = pickRows(images, rows);
          if (epsilon === 0) return originals;
          const ends = await search(
            epsilon,
            rows.filter((row) => !fooled.has(row)),
          );
          return { ...originals, data: flat(rows.map((row) => fooled.get(row) ?? ends.get(row)!)) };
        },
      };
    },
  });
}

function flat(rows: readonly Float32Array[]): Float32Array {
  const data = new Float32Array(rows.length * rows[0]!.length);
  rows.forEach((row, at) => {
    data.set(row, at * row.length);
  });
  return data;
}

export const square = squareIn('Linf', 'square', squares, 0.8);
export const squareL2 = squareIn('L2', 'square-l2', pyramidWindows, 0.8);
