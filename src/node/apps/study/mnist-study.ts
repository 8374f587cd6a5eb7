import { type AttackParameters, resolveParameters } from '../../../core/attacks/attack-parameters.js';
import { attacks } from '../../../core/attacks/index.js';
import { lookUp } from '../../../core/base/names.js';
import type { Plan } from '../../work/plan.js';
import { judge, mnistClaims } from './claims.js';
import { fgsmAttacks, type Grid, galleryOf, type PlannedAttack, STABLE, studyPlan, wants } from './grid.js';
import type { StudyProfile } from './profiles.js';
import type { Study } from './study.js';
import type { StudyData } from './study-plan.js';

const DATASET = 'mnist';

/** Every figure of the paper that the MNIST study repeats. */
const FIGURES = ['3', '4', '5', '6', '7', '9', '10a'] as const;

/** The paper's MNIST network (section IV); kernels and pooling are our reading, see docs/architecture.md. */
const COMMON = {
  architecture: '784-C64-C128-F512-10',
  kernel: 5,
  optimizer: 'adam',
  epsilons: [0.1, 0.2, 0.3, 0.4, 0.5],
  // Fig. 10a needs the largest one alone.
  inhibitedEpsilons: [0.5],
  taus: [0, 0.01, 0.02, 0.05, 0.1],
  objectives: ['cross-entropy', 'cross-entropy-clipped', 'margin'],
  figures: FIGURES,
} as const;

const WHOLE_PAPER = {
  ...COMMON,
  trainImages: 60_000,
  models: ['none', 'hash:1/8', 'hash:1/16', 'hash:1/32', 'hash:1/64'],
  testImages: 10_000,
  inhibitedTestImages: 10_000,
  attackSamples: 10_000,
  iterativeSamples: 500,
  elements: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
};

const profiles: Readonly<Record<string, StudyProfile>> = {
  quick: {
    name: 'quick',
    help: 'a first answer within minutes: three models on a reduced budget, every kind of measurement',
    ...COMMON,
    trainImages: 13_000,
    epochs: 1,
    batchSize: 64,
    learningRate: 2e-3,
    schedule: 'cosine',
    models: ['none', 'hash:1/8', 'hash:1/64'],
    testImages: 10_000,
    inhibitedTestImages: 1_500,
    attackSamples: 500,
    iterativeSamples: 50,
    elements: [10, 20, 40, 60, 80],
  },
  paper: {
    name: 'paper',
    help:
      "the paper's study on all images: five models, trained as the toolkits of 2017 did by " +
      'default, without regularization',
    ...WHOLE_PAPER,
    // What the toolkits of 2017 did unless told otherwise: Adam at 1e-3, batches of 32, no decay of any kind.
    epochs: 6,
    batchSize: 32,
    learningRate: 1e-3,
    schedule: 'constant',
  },
  'paper-regularized': {
    name: 'paper-regularized',
    help:
      'the same study of models trained for accuracy: shifted images, weight decay, a falling ' +
      'learning rate',
    ...WHOLE_PAPER,
    epochs: 5,
    batchSize: 64,
    learningRate: 2e-3,
    schedule: 'cosine',
    weightDecay: 0.1,
    augmentation: 'shift:2',
  },
};

/** HJSMA as Algorithm 1 has it, on both kinds of outputs, and as Papernot et al. have it. */
const SALIENCY: readonly { variant: string; parameters: AttackParameters; iterative: boolean }[] = [
  { variant: 'single-shot', parameters: { mode: 'single-shot', outputs: 'probabilities' }, iterative: false },
  { variant: 'single-shot', parameters: { mode: 'single-shot', outputs: 'logits' }, iterative: false },
  { variant: 'iterative', parameters: { mode: 'iterative', outputs: 'logits' }, iterative: true },
  {
    variant: 'iterative pairs',
    parameters: { mode: 'iterative', search: 'pair', outputs: 'logits' },
    iterative: true,
  },
];

function saliencyAttacks({ profile, seed, data }: Grid): PlannedAttack[] {
  const { elements = [] } = profile;
  if (elements.length === 0) return [];
  return SALIENCY.map(({ variant, parameters, iterative }) => ({
    variant,
    figures: ['5'],
    parameters: {
      data: data.reference,
      attack: 'jsma',
      objective: String(parameters.outputs),
      parameters: resolveParameters(lookUp(attacks, 'jsma', 'attack'), parameters),
      budgets: [...elements],
      samples: iterative && profile.iterativeSamples ? profile.iterativeSamples : profile.attackSamples,
      seed,
      tau: 0,
    },
  }));
}

/** The middle of a range: strong enough to fool, small enough to recognise the digit. */
const middle = (budgets: readonly number[]): number => budgets[Math.floor(budgets.length / 2)]!;

/** The grid of the MNIST study: what is trained and what is measured, as data. */
function plan(profile: StudyProfile, seed: number, data: StudyData): Plan {
  const grid = { data, profile, seed };
  return studyPlan({
    ...grid,
    study: DATASET,
    accuracyOverTau: '10a',
    weights: '6',
    attacks: (choice) => [
      ...fgsmAttacks({
        ...grid,
        curve: '4',
        figuresOf: (objective, tau) => {
          if (objective !== STABLE) return tau === 0 ? ['4', '10a'] : ['10a'];
          if (tau === 0) return ['4', '7', '9', '10a'];
          // Fig. 9 shows the uncompressed model alone.
          return choice.reshaping.reshaping.kind === 'identity' ? ['9', '10a'] : ['10a'];
        },
        transfer: ['10a'],
      }),
      ...saliencyAttacks(grid),
    ],
    // One for each kind of attack: the single-step one, and the one that changes few
    // elements, at its strongest.
    galleries: (planned) => [
      ...(wants(profile, '4')
        ? galleryOf(
            planned.find((p) => p.parameters.attack === 'fgsm' && p.parameters.tau === 0),
            middle(profile.epsilons),
          )
        : []),
      ...galleryOf(
        planned.findLast((p) => p.parameters.attack === 'jsma'),
        profile.elements?.at(-1) ?? 0,
      ),
    ],
  });
}

/** The paper's MNIST study (section IV and Fig. 9 and 10a). */
export const mnist: Study = {
  title: 'MNIST',
  dataset: DATASET,
  profiles,
  plan,
  judge: (results) => judge(mnistClaims, results),
};
