import { ToolkitError } from '../base/errors.js';
import { lookUp } from '../base/names.js';
import { checkedValue } from '../base/parameters.js';
import type { Split } from '../data/dataset.js';
import { asClassifier } from '../models/classifier-shape.js';
import type { Model } from '../onnx/graph.js';
import { parseAdversary } from './adversary-choice.js';
import { parseAugmentation } from './augmentations.js';
import type { BatchStatistics } from './batch-statistics.js';
import { temperature } from './distillation.js';
import { optimizers } from './optimizers.js';
import { schedules } from './schedules.js';
import type { TrainingPlan } from './training-plan.js';

/** @throws ToolkitError `bad-value` or `unknown-name` for a plan that cannot be carried out */
export function checkPlan(plan: TrainingPlan): void {
  const { epochs, batchSize, learningRate, weightDecay = 0 } = plan;
  lookUp(optimizers, plan.optimizer, 'optimizer');
  lookUp(schedules, plan.schedule, 'schedule');
  if (plan.augmentation !== undefined) parseAugmentation(plan.augmentation);
  const refuse = (what: string, expected: string, received: number | string) => {
    throw new ToolkitError('bad-value', { what, expected, received: String(received) });
  };
  if (!(Number.isSafeInteger(epochs) && epochs >= 1)) refuse('epochs', 'a whole number from 1', epochs);
  if (!(Number.isSafeInteger(batchSize) && batchSize >= 1))
    refuse('batch size', 'a whole number from 1', batchSize);
  if (!(Number.isFinite(learningRate) && learningRate >= 0))
    refuse('learning rate', 'a number from 0', learningRate);
  // A product of 1 would erase the weights at each step, a larger one flip their signs.
  if (!(Number.isFinite(weightDecay) && weightDecay >= 0 && weightDecay * learningRate < 1)) {
    refuse('weight decay', 'a number from 0 whose product with the learning rate is below 1', weightDecay);
  }
  const attacked = plan.adversary !== undefined && parseAdversary(plan.adversary).active;
  const { distillation } = plan;
  if (distillation === undefined) return;
  checkedValue('temperature', temperature, distillation);
  // The adversary would follow a loss without temperature, and a student's soft labels would be those of
  // attacked images.
  if (attacked)
    refuse('training', 'an adversary or distillation, not both', `${plan.adversary} and ${distillation}`);
}

/**
 * A label that is no class of the model would train towards nothing, silently.
 * @throws ToolkitError `nothing-to-do` or `data-mismatch`
 */
export function checkSplit(model: Model, split: Split): void {
  const { shape } = asClassifier(model, 'model');
  const { dims, classes } = shape;
  const problems = [
    ...(shape.head === 'logits' ? [] : ['it ends in probabilities; training needs the logits as its output']),
    ...(shape.fixedBatch ? ['its batch size is fixed; training needs a free one'] : []),
  ];
  if (problems.length > 0) throw new ToolkitError('not-a-classifier', { source: 'model', problems });
  if (split.count === 0) {
    const hint = 'Choose a data set or a range with at least one image.';
    throw new ToolkitError('nothing-to-do', { what: 'There are no images to train on', hint });
  }
  if (String(dims) === String(split.dims) && split.classes <= classes) return;
  throw new ToolkitError('data-mismatch', {
    what: 'training data',
    expected: `images of [${dims}] in at most ${classes} classes`,
    received: `images of [${split.dims}] in ${split.classes} classes`,
  });
}

/**
 * A single value has no variance: a layer that normalized by it would output its shift alone, and corrupt
 * its running variance.
 * @throws ToolkitError `bad-value` for batches in which a channel has one value
 */
export function checkBatches(
  layers: readonly BatchStatistics[],
  images: number,
  { batchSize }: TrainingPlan,
): void {
  const single = layers.find(({ positions }) => positions === 1);
  const last = images % batchSize || batchSize;
  if (!single || (batchSize > 1 && last > 1)) return;
  throw new ToolkitError('bad-value', {
    what: 'batch size',
    expected:
      'one that leaves no batch of a single image, ' +
      `of which ${single.label} cannot normalize its features`,
    received: `${batchSize} for ${images} images`,
  });
}
