import { ToolkitError } from '../../../core/base/errors.js';
import { lookUp } from '../../../core/base/names.js';
import type { OptimizerName } from '../../../core/training/optimizers.js';
import type { ScheduleName } from '../../../core/training/schedules.js';
import { orderedChoices } from './choices.js';

/**
 * How much of a study is done. Everything here enters the keys of the steps, so profiles
 * never share wrong results.
 */
export interface StudyProfile {
  readonly name: string;
  readonly help: string;
  /** The network of models that name none, as a notation. */
  readonly architecture: string;
  /** Kernel size of convolutions that name none. */
  readonly kernel: number;
  /** First training images that are used, and how often each is seen. */
  readonly trainImages: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /** Decoupled weight decay and augmentation of the training images; none when absent. */
  readonly weightDecay?: number;
  readonly augmentation?: string;
  /** See `parseChoice`: `none`, `hash:1/64`, `dnn1`, `dnn1+hash:1/16`. */
  readonly models: readonly string[];
  /**
   * Test images for the accuracy of the models, for accuracy over tau, and for attacks; fewer than
   * all are a random choice.
   */
  readonly testImages: number;
  readonly inhibitedTestImages: number;
  readonly attackSamples: number;
  readonly epsilons: readonly number[];
  /** Those at which inhibited models are attacked. */
  readonly inhibitedEpsilons: readonly number[];
  /**
   * HJSMA: numbers of elements, and how many images the iterative forms attack, which cost
   * dozens of gradients each.
   */
  readonly elements?: readonly number[];
  readonly iterativeSamples?: number;
  readonly taus: readonly number[];
  readonly objectives: readonly string[];
  /** Figures of the paper that are measured. */
  readonly figures: readonly string[];
}

/**
 * A profile with changes. It is called "quick, changed" when anything differs, and its models are in the
 * order of `orderedChoices`, whatever order they were asked for in.
 *
 * @throws ToolkitError `unknown-name` for the profile, `bad-value` for models that cannot be compared
 */
export function effectiveProfile(
  profiles: Readonly<Record<string, StudyProfile>>,
  name: string,
  overrides: Partial<StudyProfile> = {},
): StudyProfile {
  const base = lookUp(profiles, name, 'profile');
  const changed = { ...base, ...overrides };
  for (const figure of changed.figures)
    lookUp(Object.fromEntries(base.figures.map((f) => [f, f])), figure, 'figure');
  const profile = { ...changed, models: orderedChoices(changed.models).map(({ text }) => text) };
  const same = JSON.stringify({ ...base, name: '' }) === JSON.stringify({ ...profile, name: '' });
  return { ...profile, name: same ? base.name : `${base.name}, changed` };
}

/** A profile must not ask for more images than there are: counts would then be those of something else. */
export function checkSizes(profile: StudyProfile, train: number, test: number): void {
  const sizes = [
    ['training images', profile.trainImages, train],
    ['test images', profile.testImages, test],
    ['test images for accuracy over tau', profile.inhibitedTestImages, test],
    ['attacked images', profile.attackSamples, test],
    ['images attacked iteratively', profile.iterativeSamples, test],
  ] as const;
  for (const [what, asked, most] of sizes) {
    if (asked === undefined || (asked >= 1 && asked <= most)) continue;
    throw new ToolkitError('bad-value', {
      what,
      expected: `a number from 1 to ${most}`,
      received: String(asked),
    });
  }
}
