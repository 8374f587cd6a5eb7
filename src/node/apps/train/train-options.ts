import { ToolkitError } from '../../../core/base/errors.js';
import { lookUp, nameIn } from '../../../core/base/names.js';
import type { Split } from '../../../core/data/dataset.js';
import { parseArchitecture } from '../../../core/models/architectures.js';
import type { Architecture } from '../../../core/models/notation.js';
import { parseReshaping, type ReshapingChoice } from '../../../core/reshaping/index.js';
import { type AdversaryChoice, parseAdversary } from '../../../core/training/adversary-choice.js';
import { type AugmentationChoice, parseAugmentation } from '../../../core/training/augmentations.js';
import { optimizers } from '../../../core/training/optimizers.js';
import { schedules } from '../../../core/training/schedules.js';
import { checkPlan } from '../../../core/training/training-checks.js';
import { defaultPlan, type TrainingPlan } from '../../../core/training/training-plan.js';
import type { AppOptions, DataOptions } from '../app-options.js';

/** What `train` does unless it is told otherwise. */
export const trainDefaults = {
  ...{ arch: '784-C64-C128-F512-10', kernel: 5, compression: 'none' },
  ...{ epochs: defaultPlan.epochs, batchSize: defaultPlan.batchSize, optimizer: defaultPlan.optimizer },
  ...{ schedule: defaultPlan.schedule, weightDecay: 0, augment: 'none', adversarial: 'none', seed: 1 },
  checkpointEvery: 20,
} as const;

/** How a model is built. */
export interface ModelOptions {
  /** A notation (`784-C64-C128-F512-10`), or the name of an architecture. */
  readonly arch?: string | undefined;
  /** Size of convolutions that name none, odd; default 5. */
  readonly kernel?: number | undefined;
  /** How weights are stored, `hash:1/64` say; default `none`. */
  readonly compression?: string | ReshapingChoice | undefined;
}

/** How a model is trained. */
export interface PlanOptions {
  /** Passes over the images; default 3. */
  readonly epochs?: number | undefined;
  /** Images of one step; default 128. */
  readonly batchSize?: number | undefined;
  /** Default `adam`. */
  readonly optimizer?: string | undefined;
  /** Default: that of the optimizer. */
  readonly learningRate?: number | undefined;
  /** Learning rate over time; default `cosine`. */
  readonly schedule?: string | undefined;
  /** Decoupled decay of weights, none of biases; default 0. */
  readonly weightDecay?: number | undefined;
  /** Random changes of the training images, `flip+shift:4` say; default `none`. */
  readonly augment?: string | AugmentationChoice | undefined;
  /** Who perturbs the training images, `pgd:0.3` say; default `none`. */
  readonly adversarial?: string | AdversaryChoice | undefined;
  /** Temperature of a defensive distillation; none when absent. */
  readonly distill?: number | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
}

/** What a training finds in its checkpoint. */
export interface FoundCheckpoint {
  readonly path: string;
  /**
   * Images that were seen of `total`; null for the work of another training, or a damaged checkpoint, which
   * will be removed.
   */
  readonly images: number | null;
  readonly total: number;
}

/** What `train` takes; the options of `foolproof train`. */
export interface TrainOptions extends AppOptions, DataOptions, ModelOptions, PlanOptions {
  /** Use the first images only; default: all. */
  readonly trainImages?: number | undefined;
  /** Threads inside one operator; default: the engine's own choice (all cores). */
  readonly threads?: number | undefined;
  /** Where to write the model. An interrupted training is resumed from the folder `<out>.unfinished`. */
  readonly out?: string | undefined;
  /** Seconds between two checkpoints; default 20. */
  readonly checkpointEvery?: number | undefined;
  /** Hears of the checkpoint that a training finds, before it begins. */
  readonly onCheckpoint?: ((found: FoundCheckpoint) => void) | undefined;
}

const bad = (option: string, what: string, expected: string, received: string) =>
  new ToolkitError('bad-value', { what, expected, received, option });

/**
 * The architecture and the compression that were chosen. @throws ToolkitError `bad-notation`,
 * `bad-value`, `unknown-name`
 */
export function modelChoice(options: ModelOptions): {
  readonly arch: string;
  readonly kernel: number;
  readonly architecture: Architecture;
  readonly compression: ReshapingChoice;
} {
  const { arch = trainDefaults.arch, kernel = trainDefaults.kernel } = options;
  const { compression: given = trainDefaults.compression } = options;
  if (kernel % 2 === 0) throw bad('kernel', 'size of convolutions', 'an odd number', String(kernel));
  const compression = typeof given === 'string' ? parseReshaping(given) : given;
  if (compression.reshaping.kind === 'defence') {
    const received = `"${compression.text}", which hardens a model that is trained already`;
    throw bad('compression', 'compression', 'one such as hash:1/64', received);
  }
  return { arch, kernel, architecture: parseArchitecture(arch, kernel), compression };
}

/**
 * @throws ToolkitError `bad-value` for a learning rate that the optimizer does not take, or a weight decay
 *   that it does not
 */
export function planOf(options: PlanOptions): TrainingPlan {
  const { epochs = trainDefaults.epochs, batchSize = trainDefaults.batchSize } = options;
  const { optimizer = trainDefaults.optimizer, schedule = trainDefaults.schedule } = options;
  const { seed = trainDefaults.seed, weightDecay = trainDefaults.weightDecay, distill } = options;
  const { augment = trainDefaults.augment, adversarial = trainDefaults.adversarial } = options;
  const augmentation = typeof augment === 'string' ? parseAugmentation(augment) : augment;
  const adversary = typeof adversarial === 'string' ? parseAdversary(adversarial) : adversarial;
  const { default: ownRate, maximum } = lookUp(optimizers, optimizer, 'optimizer').learningRate;
  const names = {
    optimizer: nameIn(optimizers, optimizer, 'optimizer'),
    schedule: nameIn(schedules, schedule, 'schedule'),
  };
  const learningRate = options.learningRate ?? ownRate;
  if (learningRate <= 0 || learningRate > maximum) {
    const expected = `more than 0 and at most ${maximum} for ${optimizer}`;
    throw bad('learningRate', 'learning rate', expected, String(learningRate));
  }
  const plan: TrainingPlan = {
    ...{ epochs, batchSize, ...names, learningRate, seed },
    // Left out where they do nothing, so that such a training is the same as one without these options.
    ...(weightDecay > 0 && { weightDecay }),
    ...(augmentation.text !== 'none' && { augmentation: augmentation.text }),
    ...(adversary.active && { adversary: adversary.text }),
    ...(distill !== undefined && { distillation: distill }),
  };
  checkPlan(plan);
  return plan;
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
    throw bad('trainImages', 'number of training images', expected, String(wanted));
  }
  return wanted === undefined ? all : all.slice(0, wanted);
}
