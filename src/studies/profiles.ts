import { ToolkitError } from '../errors.js';
import { lookUp } from '../names.js';
import { parseReshaping } from '../reshaping/index.js';

/** How much of a study is done. Everything here enters the keys of the steps, so profiles never share wrong results. */
export interface StudyProfile {
  readonly name: string;
  readonly help: string;
  readonly architecture: string;
  /** Kernel size of its convolutions. */
  readonly kernel: number;
  /** First training images that are used, and how often each is seen. */
  readonly trainImages: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly schedule: string;
  /** Decoupled weight decay and augmentation of the training images; none when absent. */
  readonly weightDecay?: number;
  readonly augmentation?: string;
  readonly compressions: readonly string[];
  /** Test images for the accuracy of the models, for accuracy over tau, and for attacks; fewer than all are a random choice. */
  readonly testImages: number;
  readonly inhibitedTestImages: number;
  readonly attackSamples: number;
  /** Attacked by the iterative attacks, which cost dozens of gradients for each image. */
  readonly iterativeSamples: number;
  readonly epsilons: readonly number[];
  /** Numbers of elements for HJSMA. */
  readonly elements: readonly number[];
  readonly taus: readonly number[];
  readonly objectives: readonly string[];
  /** Figures of the paper that are measured. */
  readonly figures: readonly string[];
}

/** Every figure of the paper that the MNIST study repeats. */
export const MNIST_FIGURES = ['3', '4', '5', '6', '7', '9', '10a'] as const;

/** The paper's MNIST network (section IV); kernels and pooling are our reading, see docs/architecture.md. */
const PAPER_NETWORK = { architecture: '784-C64-C128-F512-10', kernel: 5 };

const WHOLE_PAPER = {
  ...PAPER_NETWORK,
  trainImages: 60_000,
  compressions: ['none', 'hash:1/8', 'hash:1/16', 'hash:1/32', 'hash:1/64'],
  testImages: 10_000,
  inhibitedTestImages: 10_000,
  attackSamples: 10_000,
  iterativeSamples: 500,
  epsilons: [0.1, 0.2, 0.3, 0.4, 0.5],
  elements: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
  taus: [0, 0.01, 0.02, 0.05, 0.1],
  objectives: ['cross-entropy', 'cross-entropy-clipped', 'margin'],
  figures: MNIST_FIGURES,
};

/** Every profile of the MNIST study by name. */
export const mnistProfiles: Readonly<Record<string, StudyProfile>> = {
  quick: {
    name: 'quick',
    help: 'a first answer within minutes: three models on a reduced budget, every kind of measurement',
    ...PAPER_NETWORK,
    trainImages: 13_000,
    epochs: 1,
    batchSize: 64,
    learningRate: 2e-3,
    schedule: 'cosine',
    compressions: ['none', 'hash:1/8', 'hash:1/64'],
    testImages: 10_000,
    inhibitedTestImages: 1_500,
    attackSamples: 500,
    iterativeSamples: 50,
    epsilons: [0.1, 0.2, 0.3, 0.4, 0.5],
    elements: [10, 20, 40, 60, 80],
    taus: [0, 0.01, 0.02, 0.05, 0.1],
    objectives: ['cross-entropy', 'cross-entropy-clipped', 'margin'],
    figures: MNIST_FIGURES,
  },
  paper: {
    name: 'paper',
    help: "the paper's study on all images: five models, trained as the toolkits of 2017 did by default, without regularization",
    ...WHOLE_PAPER,
    // What the toolkits of 2017 did unless told otherwise: Adam at 1e-3, batches of 32, no decay of any kind.
    epochs: 6,
    batchSize: 32,
    learningRate: 1e-3,
    schedule: 'constant',
  },
  'paper-regularized': {
    name: 'paper-regularized',
    help: 'the same study of models trained for accuracy: shifted images, weight decay, a falling learning rate',
    ...WHOLE_PAPER,
    epochs: 5,
    batchSize: 64,
    learningRate: 2e-3,
    schedule: 'cosine',
    weightDecay: 0.1,
    augmentation: 'shift:2',
  },
};

/**
 * A profile with changes. It is called "quick, changed" when anything differs, and its models are in the order of rising
 * compression, whatever order they were asked for in.
 *
 * @throws ToolkitError `unknown-name` for the profile, `bad-value` for models that cannot be compared
 */
export function effectiveProfile(
  profiles: Readonly<Record<string, StudyProfile>>,
  name: string,
  overrides: Partial<StudyProfile> = {},
): StudyProfile {
  const usual = lookUp(profiles, name, 'profile');
  const changed = { ...usual, ...overrides };
  for (const figure of changed.figures) lookUp(Object.fromEntries(usual.figures.map((f) => [f, f])), figure, 'figure');
  const choices = changed.compressions.map(parseReshaping);
  const refuse = (expected: string, received: string) => {
    throw new ToolkitError('bad-value', { what: 'compressions of a study', expected, received });
  };
  if (choices.length === 0) refuse('at least one, such as none,hash:1/64', 'none at all');
  for (const { text, reshaping } of choices) {
    if (reshaping.kind === 'defence')
      refuse('none or a compression; the study hardens every model itself', `"${text}"`);
  }
  const share = (choice: (typeof choices)[number]) => choice.parameters.rate ?? 1;
  const twice = choices.find((a, i) =>
    choices.slice(0, i).some((b) => a.reshaping === b.reshaping && share(a) === share(b)),
  );
  if (twice) refuse('each model once', `"${twice.text}" twice`);
  const identityLast = (choice: (typeof choices)[number]) => (choice.reshaping.kind === 'identity' ? 1 : 0);
  const sorted = [...choices].sort((a, b) => identityLast(b) - identityLast(a) || share(b) - share(a));
  const profile = { ...changed, compressions: sorted.map((choice) => choice.text) };
  const same = JSON.stringify({ ...usual, name: '' }) === JSON.stringify({ ...profile, name: '' });
  return { ...profile, name: same ? usual.name : `${usual.name}, changed` };
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
    if (asked >= 1 && asked <= most) continue;
    throw new ToolkitError('bad-value', { what, expected: `a number from 1 to ${most}`, received: String(asked) });
  }
}
