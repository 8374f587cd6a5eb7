import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { SweepResult } from './sweep-types.js';

/** What a sweep was run on. */
export interface AttackedInputs {
  /** Positions of the inputs in their data set, [N]. */
  readonly indices: ArrayLike<number>;
  /** True classes, [N]. */
  readonly labels: Tensor<'int64'>;
  /** Budgets of the sweep, rising. */
  readonly budgets: readonly number[];
  /** Whether the arrays tell `SweepResult.distances` as well. */
  readonly withDistances?: boolean;
}

type Outcomes = Pick<SweepResult, 'clean' | 'smallest' | 'predictions' | 'gradient'> &
  Partial<Pick<SweepResult, 'distances'>>;

/**
 * The outcome of every input, as arrays for a `.npz` file:
 *
 * - `indices` uint32 [N], `labels` int64 [N], `budgets` float64 [budgets]: what was attacked,
 * - `clean` int32 [N]: predictions before the attack,
 * - `smallest` int32 [N]: position of the smallest budget that fooled the model, or -1,
 * - `predictions` int32 [budgets, N]: predictions at each budget,
 * - `mean_absolute_gradient` float64 [N]: over the elements of each input, where the attack
 *   started from a gradient,
 * - `distances` float64 [N], where asked for: the size of the perturbation that first
 *   fooled the model, or NaN.
 */
export function outcomeArrays(
  result: Outcomes,
  { indices, labels, budgets, withDistances }: AttackedInputs,
): Map<string, Tensor> {
  const { clean, smallest, predictions, gradient, distances } = result;
  const n = indices.length;
  const all = new Int32Array(budgets.length * n);
  predictions.forEach((row, b) => {
    all.set(row, b * n);
  });
  return new Map<string, Tensor>([
    ['indices', tensor('uint32', [n], Uint32Array.from(indices))],
    ['labels', labels],
    ['clean', tensor('int32', [n], clean)],
    ['smallest', tensor('int32', [n], smallest)],
    ['budgets', tensor('float64', [budgets.length], Float64Array.from(budgets))],
    ['predictions', tensor('int32', [budgets.length, n], all)],
    ...(gradient ? [['mean_absolute_gradient', tensor('float64', [n], gradient.meanAbsolute)] as const] : []),
    ...(withDistances && distances ? [['distances', tensor('float64', [n], distances)] as const] : []),
  ]);
}

/**
 * The outcome of every input as CSV (RFC 4180, but lines end in `\n`), one line for each:
 * `index,label,prediction,smallest_<budget name>,prediction_at_<budget>,...`. `prediction` is the one before
 * the attack; the smallest budget that fooled the model is empty where none did.
 *
 * @param budgetName what the attack calls its budget: `epsilon`, `elements`
 */
export function outcomesCsv(
  { clean, smallest, predictions }: Outcomes,
  { indices, labels, budgets, budgetName }: AttackedInputs & { readonly budgetName: string },
): string {
  const header = ['index', 'label', 'prediction', `smallest_${budgetName}`];
  const lines = Array.from({ length: indices.length }, (_, n) => [
    indices[n],
    labels.data[n],
    clean[n],
    smallest[n] === -1 ? '' : budgets[smallest[n]!],
    ...predictions.map((row) => row[n]),
  ]);
  return [[...header, ...budgets.map((budget) => `prediction_at_${budget}`)], ...lines]
    .map((line) => `${line.map(field).join(',')}\n`)
    .join('');
}

/** Names may hold anything; RFC 4180, section 2.5 to 2.7. */
function field(value: string | number | bigint | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
