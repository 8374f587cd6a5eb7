import { ToolkitError } from '../../base/errors.js';
import type { Classifier } from '../../models/classifier.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Attack } from '../attack.js';
import { checkThreatModel, type ThreatModel } from '../threat-model.js';
import { isUniform, limitsOf } from './bounds.js';

/** What a sweep is asked to do. */
interface Request extends Partial<Omit<ThreatModel, 'budgets'>> {
  readonly attack: Attack;
  readonly classifier: Classifier;
  readonly source?: Classifier;
  readonly images: Tensor<'float32'>;
  readonly labels: ArrayLike<number | bigint>;
  readonly budgets: readonly number[];
  readonly firstInput?: number;
}

/**
 * What a sweep cannot judge: budgets out of order, images out of bounds, labels of something else. Wrong
 * figures without a word would be the result.
 */
export function checkOptions(request: Request): void {
  const { attack, classifier, source, images, labels, budgets, rounding, firstInput: first = 0 } = request;
  const count = images.dims[0]!;
  if (labels.length !== count) {
    throw new ToolkitError('data-mismatch', {
      what: 'labels of the attacked images',
      expected: `${count}`,
      received: `${labels.length}`,
    });
  }
  checkThreatModel(request, { attack, classifier, first, count });
  const rising = budgets.every(
    (budget, b) => budget >= (b === 0 ? 0 : budgets[b - 1]!) && Number.isFinite(budget),
  );
  if (!rising) {
    throw new ToolkitError('bad-value', {
      what: `${attack.name} ${attack.budget.name}`,
      expected: 'numbers from 0 in rising order',
      received: budgets.join(', '),
    });
  }
  const part = attack.budget.integer ? budgets.find((budget) => !Number.isInteger(budget)) : undefined;
  if (part !== undefined) {
    throw new ToolkitError('bad-value', {
      what: `${attack.name} ${attack.budget.name}`,
      expected: 'whole numbers',
      received: String(part),
    });
  }
  if (
    source &&
    (source.classes !== classifier.classes || String(source.shape.dims) !== String(classifier.shape.dims))
  ) {
    const shape = ({ shape, classes }: Classifier) => `images of [${shape.dims}] and ${classes} classes`;
    throw new ToolkitError('data-mismatch', {
      what: `${source.source}, whose gradients are followed`,
      expected: shape(classifier),
      received: shape(source),
    });
  }
  if (rounding !== undefined && !(Number.isInteger(rounding) && rounding >= 1)) {
    const expected = 'a whole number of steps between the bounds, 255 for 8 bits';
    throw new ToolkitError('bad-value', {
      what: 'rounding of adversarial inputs',
      expected,
      received: String(rounding),
    });
  }
  const width = images.data.length / Math.max(1, count);
  const limits = request.bounds ?? classifier.bounds;
  const { low, high } = limitsOf(limits, width);
  const outside = images.data.find((value, i) => !(value >= low[i % width]! && value <= high[i % width]!));
  if (outside !== undefined) {
    throw new ToolkitError('data-mismatch', {
      what: 'images to attack',
      expected: isUniform(limits) ? `values from ${limits[0]} to ${limits[1]}` : 'values inside the bounds',
      received: String(outside),
    });
  }
}

/** An attack may propose anything, but for every input one. */
export function checkCandidates(
  attack: Attack,
  originals: Tensor<'float32'>,
  { data, dims }: Tensor<'float32'>,
): void {
  if (data.length === originals.data.length) return;
  throw new ToolkitError('data-mismatch', {
    what: `candidates of the attack ${attack.name}`,
    expected: `[${originals.dims}]`,
    received: `[${dims}]`,
  });
}
