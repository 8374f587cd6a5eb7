import { parseArchitecture } from '../../../core/models/architectures.js';
import type { Plan } from '../../work/plan.js';
import { cifar10Claims, judge } from './claims.js';
import { fgsmAttacks, galleryOf, studyPlan } from './grid.js';
import type { StudyProfile } from './profiles.js';
import type { Study } from './study.js';
import type { StudyData } from './study-plan.js';

const DATASET = 'cifar10';

/** The bound that robustness on CIFAR-10 is usually stated for (Madry et al. 2018); hardly visible. */
const COMMON_BOUND = 8 / 255;
/**
 * The paper does not say which epsilon Fig. 10b is of; this is the one it names for Fig. 10a. A
 * grey image is within reach.
 */
const PAPERS = 0.5;

/**
 * Batch normalization stands the large steps that plain SGD with momentum learns fastest from; one cycle
 * (Smith and Topin 2018) ends at zero, so that averaging the weights besides has nothing left to average. The
 * decay is 5e-4 as a penalty in the loss: momentum of 0.9 sums ten such steps, decoupled decay does not.
 */
const COMMON = {
  architecture: parseArchitecture('dnn1').notation,
  kernel: 3,
  batchSize: 128,
  optimizer: 'sgd',
  learningRate: 0.1,
  schedule: 'one-cycle',
  weightDecay: 5e-3,
  augmentation: 'flip+shift:4',
  epsilons: [1 / 255, 2 / 255, 4 / 255, COMMON_BOUND, 16 / 255, 0.1, 0.2, 0.3, 0.4, PAPERS],
  inhibitedEpsilons: [COMMON_BOUND, PAPERS],
  objectives: ['cross-entropy', 'cross-entropy-clipped', 'margin'],
  figures: ['8', '10b'],
} as const;

const profiles: Readonly<Record<string, StudyProfile>> = {
  quick: {
    name: 'quick',
    help: 'a first answer within a quarter of an hour: DNN1 on a reduced budget, every kind of measurement',
    ...COMMON,
    models: ['dnn1'],
    trainImages: 50_000,
    epochs: 2,
    testImages: 10_000,
    inhibitedTestImages: 2_000,
    attackSamples: 500,
    taus: [0, 0.1, 0.2, 0.5],
  },
  paper: {
    name: 'paper',
    help: "the paper's study of the four networks of its Table I on all images",
    ...COMMON,
    models: ['dnn1', 'dnn2', 'dnn3', 'vgg16'],
    trainImages: 50_000,
    epochs: 7,
    testImages: 10_000,
    inhibitedTestImages: 10_000,
    attackSamples: 2_000,
    taus: [0, 0.1, 0.2, 0.3, 0.4, 0.5],
  },
};

/** The grid of the CIFAR-10 study: what is trained and what is measured, as data. */
function plan(profile: StudyProfile, seed: number, data: StudyData): Plan {
  const grid = { data, profile, seed };
  return studyPlan({
    ...grid,
    study: DATASET,
    accuracyOverTau: '8',
    attacks: () => fgsmAttacks({ ...grid, curve: '10b', figuresOf: () => ['10b'], transfer: ['10b'] }),
    galleries: (planned) => galleryOf(planned[0], profile.inhibitedEpsilons[0]!),
  });
}

/** The paper's CIFAR-10 study (section V: Table I, Figs. 8 and 10b). */
export const cifar10: Study = {
  title: 'CIFAR-10',
  dataset: DATASET,
  profiles,
  plan,
  judge: (results) => judge(cifar10Claims, results),
};
