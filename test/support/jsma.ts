import type { AttackParameters, Prepared } from '../../src/core/attacks/index.js';
import { attacks, resolveParameters } from '../../src/core/attacks/index.js';
import { stream } from '../../src/core/base/random.js';
import type { Classifier } from '../../src/core/models/classifier.js';
import type { Outputs } from '../../src/core/models/gradient-graph.js';
import { objectives } from '../../src/core/models/objectives/index.js';
import { float32, type Tensor } from '../../src/core/tensor/tensor.js';
import { contextOf } from './targets.js';

type Floats = Tensor<'float32'>;

/** `dF_c / dx_i` of every input: [n][c][i], each class by a one-hot cotangent of its own. */
export async function jacobian(
  classifier: Classifier,
  images: Floats,
  outputs: Outputs = 'logits',
): Promise<number[][][]> {
  const [count, { classes }] = [images.dims[0]!, classifier];
  const width = images.data.length / count;
  const hot = Array.from({ length: classes }, (_, c) => {
    const data = Float32Array.from({ length: count * classes }, (_, i) => (i % classes === c ? 1 : 0));
    return float32([count, classes], data);
  });
  const { gradients } = await classifier.vjp(images, hot, outputs);
  return Array.from({ length: count }, (_, n) =>
    gradients.map((g) => [...g.data.slice(n * width, (n + 1) * width)]),
  );
}

/** Papernot's search, one input and one step of it; everything that Eq. 7 speaks of. */
export interface State {
  /** [classes][elements]. */
  readonly jacobian: readonly (readonly number[])[];
  readonly target: number;
  readonly x: ArrayLike<number>;
  readonly used: ReadonlySet<number>;
  readonly theta: number;
  readonly direction: string;
}

export interface Move {
  /** One element, or two in rising order, and which way they move. */
  readonly elements: readonly number[];
  readonly up: boolean;
  readonly value: number;
  /** Clear of every sign that rounding could turn. */
  readonly sure: boolean;
}

export const moved = (x: number, up: boolean, theta: number) =>
  Math.fround(up ? Math.min(x + theta, 1) : Math.max(x - theta, 0));

/**
 * Derivatives that differ by less than this are equal up to rounding, relative to the largest of the input.
 */
const ROUNDING = 2e-5;

export const scaleOf = (rows: readonly (readonly number[])[]) =>
  Math.max(...rows.flat().map(Math.abs), 1e-30);

function terms({ jacobian: rows, target, x, used, theta, direction }: State) {
  const sum = (i: number) => rows.reduce((total, row, c) => (c === target ? total : total + row[i]!), 0);
  const ways = direction === 'both' ? [true, false] : [direction === 'increase'];
  return ways.flatMap((up) =>
    Array.from({ length: x.length }, (_, i) => ({ i, up, alpha: rows[target]![i]!, beta: sum(i) })).filter(
      ({ i }) => !used.has(i) && moved(x[i]!, up, theta) !== x[i],
    ),
  );
}

/** Eq. 7 to the letter; for a decrease, both of its conditions are mirrored. */
export function salientElements(state: State): Move[] {
  const tiny = ROUNDING * scaleOf(state.jacobian);
  return terms(state).flatMap(({ i, up, alpha, beta }) => {
    const [a, b] = up ? [alpha, beta] : [-alpha, -beta];
    if (a < -tiny || b > tiny) return [];
    return [{ elements: [i], up, value: Math.abs(alpha), sure: a > tiny && b < -tiny }];
  });
}

/** All pairs to the letter (Papernot et al. 2016, Algorithm 3). */
export function salientPairs(state: State): Move[] {
  const scale = scaleOf(state.jacobian);
  const tiny = ROUNDING * scale;
  const all = terms(state);
  return all.flatMap((p, k) =>
    all.slice(k + 1).flatMap((q) => {
      if (p.up !== q.up || p.i === q.i) return [];
      const sign = p.up ? 1 : -1;
      const [a, b] = [sign * (p.alpha + q.alpha), sign * (p.beta + q.beta)];
      if (a < -tiny || b > tiny) return [];
      return [{ elements: [p.i, q.i], up: p.up, value: -a * b, sure: a > tiny && b < -tiny }];
    }),
  );
}

/** How far two values of moves may differ and still be a tie. */
export const tieOf = (state: State, pairs: boolean) => {
  const scale = scaleOf(state.jacobian);
  return ROUNDING * (pairs ? 4 * scale * scale * state.jacobian.length : scale);
};

/** The attack on some inputs, without the harness: what it proposes, and what it says of itself. */
export async function prepared(
  classifier: Classifier,
  images: Floats,
  parameters: AttackParameters,
  seed = 1,
): Promise<Prepared> {
  return attacks.jsma.prepare({
    ...contextOf(classifier, images),
    objective: objectives['cross-entropy'],
    parameters: resolveParameters(attacks.jsma, parameters),
    random: (row) => stream(seed, row),
  });
}

/** Candidates of all inputs at each budget, [budgets] of the images' shape. */
export async function proposals(
  search: Prepared,
  count: number,
  budgets: readonly number[],
  attempt = 0,
): Promise<Floats[]> {
  const rows = Array.from({ length: count }, (_, n) => n);
  const found: Floats[] = [];
  for (const budget of budgets) found.push(await search.candidates(budget, rows, attempt));
  return found;
}
