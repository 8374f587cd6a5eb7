import type { SweepResult } from '../../../core/attacks/index.js';
import type { Batch } from '../../../core/data/dataset.js';
import { type Tensor, tensor } from '../../../core/tensor/tensor.js';

/**
 * What `--save-adversarial` writes, one row for each attacked image; docs/cli.md explains the arrays.
 * `images` and `labels` make the file a data set that the toolkit reads.
 */
export function adversarialArrays(
  { images, labels }: Batch,
  indices: Uint32Array,
  budgets: readonly number[],
  { adversarial, clean, predictions, smallest }: SweepResult,
): Map<string, Tensor> {
  const n = indices.length;
  const outcomes = new Int32Array(budgets.length * n);
  predictions.forEach((row, b) => {
    outcomes.set(row, b * n);
  });
  const needed = Float64Array.from(smallest, (b) => (b === -1 ? Number.NaN : budgets[b]!));
  return new Map<string, Tensor>([
    ['images', images],
    ['adversarial', adversarial!],
    ['labels', labels],
    ['indices', tensor('int64', [n], BigInt64Array.from(indices, BigInt))],
    ['clean', tensor('int32', [n], clean)],
    ['predictions', tensor('int32', [budgets.length, n], outcomes)],
    ['budgets', tensor('float64', [budgets.length], Float64Array.from(budgets))],
    ['smallest_budget', tensor('float64', [n], needed)],
  ]);
}
