import type { Tensor } from '../../tensor/tensor.js';
import { everyRow, pickRows } from '../harness/rows.js';
import {
  bestElement,
  bestPair,
  type Direction,
  elementDirection,
  movedValue,
  rankElements,
  type SaliencyRow,
  type SaliencyStep,
} from './saliency.js';

type Floats = Tensor<'float32'>;

/**
 * Derivatives at some inputs for their target classes: alpha and beta of Eq. 7, each of
 * the images' shape, flat.
 */
export type Maps = (
  images: Floats,
  rows: readonly number[],
  targets: Int32Array,
) => Promise<{ readonly logits: Floats; readonly alpha: Float32Array; readonly beta: Float32Array }>;

export interface ShotOptions {
  /** The originals, [N, ...dims]. */
  readonly images: Floats;
  /** Target classes, [N], -1 for inputs that have none. */
  readonly targets: Int32Array;
  /** Elements that may change at most, whatever the budget. */
  readonly cap: number;
  readonly step: SaliencyStep;
  /** Iterative mode: change the best pair at a time instead of the best element. */
  readonly pairs: boolean;
  /**
   * Iterative mode: an input is done as soon as the differentiated model is fooled. False where that is not
   * the attacked model: fooling it says nothing, so the search goes on to the budget and the harness judges.
   */
  readonly stopAtSuccess: boolean;
  /** Iterative mode: which of these versions of inputs are successes, given their logits. */
  done(
    versions: Floats,
    rows: readonly number[],
    logits: Floats,
  ): Promise<readonly boolean[]> | readonly boolean[];
  readonly maps: Maps;
  /** Iterative mode: ends the search between two changes. */
  readonly signal?: AbortSignal;
}

/** The elements that are changed in one input, in the order of the search; each once. */
export interface Change {
  readonly elements: readonly number[] | Int32Array;
  readonly directions: readonly Direction[];
}
/** For inputs of the batch: how many of its changes the budget pays for. */
export type Changes = (row: number) => Change & { readonly count: number };

/** A search for one target of each input. */
export interface Shot {
  upTo(budget: number, rows: readonly number[]): Promise<Changes>;
  /**
   * Whether nothing admissible was left before the largest budget so far was used up; never for an input
   * without a target.
   */
  stuck(row: number): boolean;
}

/** Originals with the changes of their rows. */
export function applyChanges(
  originals: Floats,
  rows: readonly number[],
  changes: Changes,
  step: SaliencyStep,
): Floats {
  const width = originals.data.length / rows.length;
  const data = originals.data.slice();
  rows.forEach((row, i) => {
    const { elements, directions, count } = changes(row);
    for (let k = 0; k < count; k++) {
      const at = i * width + elements[k]!;
      data[at] = movedValue(data[at]!, directions[k]!, step, elements[k]!);
    }
  });
  return { ...originals, data };
}

const rowOf = (
  images: Floats,
  alpha: Float32Array,
  beta: Float32Array,
  i: number,
  used?: Uint8Array,
): SaliencyRow => {
  const width = images.data.length / images.dims[0]!;
  const own = (values: Float32Array) => values.subarray(i * width, (i + 1) * width);
  return { alpha: own(alpha), beta: own(beta), x: own(images.data), ...(used && { used }) };
};

/**
 * One saliency map; the budget decides how many of its most salient elements are changed
 * (Liu et al., Algorithm 1).
 */
export function singleShot({ images, targets, cap, step, maps }: ShotOptions): Shot {
  let ranked: Promise<Change[]> | undefined;
  const found = new Map<number, number>();
  let largest = 0;
  async function rank(): Promise<Change[]> {
    const { alpha, beta } = await maps(images, everyRow(images), targets);
    return Array.from(targets, (target, n) => {
      const row = rowOf(images, alpha, beta, n);
      const elements = target < 0 ? new Int32Array() : rankElements(row, step, cap);
      found.set(n, elements.length);
      return { elements, directions: Array.from(elements, (i) => elementDirection(row, i)) };
    });
  }
  return {
    async upTo(budget) {
      ranked ??= rank();
      largest = Math.max(largest, budget);
      const changes = await ranked;
      return (row) => ({ ...changes[row]!, count: Math.min(budget, changes[row]!.elements.length) });
    },
    stuck: (row) => targets[row]! >= 0 && (found.get(row) ?? 0) < largest,
  };
}

interface Path {
  readonly elements: number[];
  readonly directions: Direction[];
  readonly used: Uint8Array;
  finished: boolean;
  stuck: boolean;
}

/**
 * A new saliency map after each change, until the prediction has changed (Papernot et al. 2016,
 * Algorithm 2, with the stopping rule of Liu et al., Algorithm 1). All inputs of a batch go on
 * together; finished ones leave it.
 */
export function trajectory(options: ShotOptions): Shot {
  const { images, targets, cap, step, pairs, stopAtSuccess, done, maps, signal } = options;
  const width = images.data.length / images.dims[0]!;
  const current: Floats = { ...images, data: images.data.slice() };
  const paths = Array.from(
    targets,
    (target): Path => ({
      elements: [],
      directions: [],
      used: new Uint8Array(width),
      finished: target < 0,
      stuck: false,
    }),
  );
  const size = pairs ? 2 : 1;

  function change(n: number, row: SaliencyRow): void {
    const path = paths[n]!;
    const chosen: [number, Direction][] = [];
    if (pairs) {
      const pair = bestPair(row, step);
      if (pair) chosen.push([pair.p, pair.direction], [pair.q, pair.direction]);
    } else {
      const best = bestElement(row, step);
      if (best >= 0) chosen.push([best, elementDirection(row, best)]);
    }
    if (chosen.length === 0) path.stuck = true;
    for (const [element, direction] of chosen) {
      path.elements.push(element);
      path.directions.push(direction);
      path.used[element] = 1;
      const at = n * width + element;
      current.data[at] = movedValue(current.data[at]!, direction, step, element);
    }
  }

  return {
    async upTo(budget, rows) {
      const limit = Math.min(budget, cap);
      const open = (n: number) => {
        const { finished, stuck, elements } = paths[n]!;
        return !finished && !stuck && elements.length + size <= limit;
      };
      for (let live = rows.filter(open); live.length > 0; live = live.filter(open)) {
        const now = pickRows(current, live);
        const { logits, alpha, beta } = await maps(
          now,
          live,
          Int32Array.from(live, (n) => targets[n]!),
        );
        const successes = stopAtSuccess ? await done(now, live, logits) : [];
        live.forEach((n, i) => {
          const path = paths[n]!;
          path.finished = path.elements.length > 0 && successes[i] === true;
          if (!path.finished) change(n, rowOf(now, alpha, beta, i, path.used));
        });
        // Lets signals have their turn between runs of the engine.
        await new Promise((resolve) => setTimeout(resolve, 0));
        signal?.throwIfAborted();
      }
      // Whole changes: half a pair is no step of the search.
      const paid = (changed: number) => size * Math.floor(Math.min(budget, changed) / size);
      return (row) => ({ ...paths[row]!, count: paid(paths[row]!.elements.length) });
    },
    stuck: (row) => paths[row]!.stuck,
  };
}
