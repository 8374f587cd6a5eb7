import { ToolkitError } from '../../core/base/errors.js';
import { lookUp } from '../../core/base/names.js';
import type { Split } from '../../core/data/dataset.js';
import { parseArchitecture } from '../../core/models/architectures.js';
import type { Architecture } from '../../core/models/notation.js';
import type { ReshapingChoice } from '../../core/reshaping/index.js';
import type { AdversaryChoice } from '../../core/training/adversary-choice.js';
import type { AugmentationChoice } from '../../core/training/augmentations.js';
import { optimizers } from '../../core/training/optimizers.js';
import { checkPlan } from '../../core/training/training-checks.js';
import type { TrainingPlan } from '../../core/training/training-plan.js';

/** The flags that a training plan is made of. */
export interface PlanFlags {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: string;
  readonly learningRate?: number;
  readonly schedule: string;
  readonly seed: number;
  readonly weightDecay: number;
  readonly augment: AugmentationChoice;
  readonly adversarial: AdversaryChoice;
  /** Temperature. */
  readonly distill?: number;
}

/** The flags that a model is built by. */
export interface ModelFlags {
  readonly arch: string;
  readonly kernel: number;
  readonly compression: ReshapingChoice;
}

/** @throws ToolkitError `bad-value` for a learning rate that the optimizer does not take, or a weight decay that it does not */
export function planOf(options: PlanFlags): TrainingPlan {
  const { epochs, batchSize, optimizer, schedule, seed, weightDecay, augment, adversarial, distill } =
    options;
  const { default: usual, maximum } = lookUp(optimizers, optimizer, 'optimizer').learningRate;
  const learningRate = options.learningRate ?? usual;
  if (learningRate <= 0 || learningRate > maximum) {
    const expected = `more than 0 and at most ${maximum} for ${optimizer}`;
    throw new ToolkitError('bad-value', {
      what: '--learning-rate',
      expected,
      received: String(learningRate),
    });
  }
  const plan: TrainingPlan = {
    epochs,
    batchSize,
    optimizer,
    learningRate,
    schedule,
    seed,
    // Left out where they do nothing, so that such a training is the same as one without these flags.
    ...(weightDecay > 0 && { weightDecay }),
    ...(augment.text !== 'none' && { augmentation: augment.text }),
    ...(adversarial.active && { adversary: adversarial.text }),
    ...(distill !== undefined && { distillation: distill }),
  };
  checkPlan(plan);
  return plan;
}

/** @throws ToolkitError `bad-notation`, `bad-value`, `unknown-name` */
export function checkedArchitecture({ arch, kernel, compression }: ModelFlags): Architecture {
  if (kernel % 2 === 0) {
    throw new ToolkitError('bad-value', {
      what: '--kernel',
      expected: 'an odd number',
      received: String(kernel),
    });
  }
  if (compression.reshaping.kind === 'defence') {
    const received = `"${compression.text}"; it hardens a trained model: see foolproof ${compression.reshaping.name}`;
    throw new ToolkitError('bad-value', {
      what: '--compression',
      expected: 'a compression such as hash:1/64',
      received,
    });
  }
  return parseArchitecture(arch, kernel);
}

/** The first images of a split. @throws ToolkitError when there are not so many */
export function firstImages(all: Split, wanted: number | undefined): Split {
  if (all.count === 0) {
    throw new ToolkitError('nothing-to-do', {
      what: 'The data set has no training images',
      hint: 'Name the arrays train_images and train_labels.',
    });
  }
  if (wanted !== undefined && wanted > all.count) {
    const expected = `at most the ${all.count} training images of the data set`;
    throw new ToolkitError('bad-value', { what: '--train-images', expected, received: String(wanted) });
  }
  return wanted === undefined ? all : all.slice(0, wanted);
}
