import { ToolkitError } from '../errors.js';
import type { Classifier } from '../models/classifier.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Attack } from './attack.js';

/** What a sweep is asked to do. */
interface Request {
  readonly attack: Attack;
  readonly classifier: Pick<Classifier, 'bounds'>;
  readonly images: Tensor<'float32'>;
  readonly labels: ArrayLike<number | bigint>;
  readonly budgets: readonly number[];
}

/**
 * What a sweep cannot judge: budgets out of order, images out of bounds, labels of something else. Wrong figures without a
 * word would be the result.
 */
export function checkOptions({ attack, classifier, images, labels, budgets }: Request): void {
  const count = images.dims[0]!;
  if (labels.length !== count) {
    throw new ToolkitError('data-mismatch', {
      what: 'labels of the attacked images',
      expected: `${count}`,
      received: `${labels.length}`,
    });
  }
  const rising = budgets.every((budget, b) => budget >= (b === 0 ? 0 : budgets[b - 1]!) && Number.isFinite(budget));
  if (!rising) {
    throw new ToolkitError('bad-value', {
      what: `${attack.name} ${attack.budget.name}`,
      expected: 'numbers from 0 in rising order',
      received: budgets.join(', '),
    });
  }
  const [low, high] = classifier.bounds;
  const outside = images.data.find((value) => !(value >= low && value <= high));
  if (outside !== undefined) {
    throw new ToolkitError('data-mismatch', {
      what: 'images to attack',
      expected: `values from ${low} to ${high}`,
      received: String(outside),
    });
  }
}

/** An attack may propose anything, but for every input one. */
export function checkCandidates(attack: Attack, originals: Tensor<'float32'>, { data, dims }: Tensor<'float32'>): void {
  if (data.length === originals.data.length) return;
  throw new ToolkitError('data-mismatch', {
    what: `candidates of the attack ${attack.name}`,
    expected: `[${originals.dims}]`,
    received: `[${dims}]`,
  });
}
