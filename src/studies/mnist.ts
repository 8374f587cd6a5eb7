import { attacks } from '../attacks/index.js';
import { type AttackParameters, resolveParameters } from '../attacks/parameters.js';
import { lookUp } from '../names.js';
import { judgeClaims } from './claims.js';
import { type ModelPlan, modelNames, type PlannedAttack, type PlannedGallery } from './model-plan.js';
import { mnistProfiles, type StudyProfile } from './profiles.js';
import type { Study } from './study.js';

const DATASET = 'mnist';
const GALLERY_ROWS = 10;
/** The middle of a range: strong enough to fool, small enough to recognise the digit. */
const middle = (budgets: readonly number[]): number => budgets[Math.floor(budgets.length / 2)]!;

/** The paper's J, as it is evaluated stably. Its gradients are those of Figs. 7 and 9. */
const STABLE = 'cross-entropy';

/** HJSMA as Algorithm 1 has it, on both kinds of outputs, and as Papernot et al. have it. */
const SALIENCY: readonly { variant: string; parameters: AttackParameters; iterative: boolean }[] = [
  { variant: 'single-shot', parameters: { mode: 'single-shot', outputs: 'probabilities' }, iterative: false },
  { variant: 'single-shot', parameters: { mode: 'single-shot', outputs: 'logits' }, iterative: false },
  { variant: 'iterative', parameters: { mode: 'iterative', outputs: 'logits' }, iterative: true },
  { variant: 'iterative pairs', parameters: { mode: 'iterative', search: 'pair', outputs: 'logits' }, iterative: true },
];

interface Wanted extends PlannedAttack {
  /** Figures of the paper that this is measured for. */
  readonly figures: readonly string[];
}

/** HFGSM on the model as trained (Figs. 4 and 7) and inhibited (Figs. 9 and 10a); the checks on the latter. */
function fgsmAttacks(profile: StudyProfile, seed: number, compression: string): Wanted[] {
  const strongest = [profile.epsilons.at(-1)!];
  const planned = (variant: string, objective: string, tau: number, figures: readonly string[]): Wanted => ({
    variant,
    figures,
    parameters: {
      dataset: DATASET,
      attack: 'fgsm',
      objective,
      parameters: {},
      ...(variant === 'transfer' && { source: 'uninhibited' }),
      // Fig. 10 needs the largest epsilon alone; Fig. 4 needs all of them on the model as trained.
      budgets: tau === 0 && profile.figures.includes('4') ? [...profile.epsilons] : strongest,
      samples: profile.attackSamples,
      seed,
      tau,
    },
  });
  return profile.taus.flatMap((tau) => {
    const gradients = tau === 0 ? ['4', '7', '9', '10a'] : compression === 'none' ? ['9', '10a'] : ['10a'];
    const others = tau === 0 ? ['4', '10a'] : ['10a'];
    return [
      ...profile.objectives.map((o) => planned('', o, tau, o === STABLE ? gradients : others)),
      ...(tau === 0 ? [] : [planned('transfer', STABLE, tau, ['10a'])]),
    ];
  });
}

function saliencyAttacks(profile: StudyProfile, seed: number): Wanted[] {
  return SALIENCY.map(({ variant, parameters, iterative }) => ({
    variant,
    figures: ['5'],
    parameters: {
      dataset: DATASET,
      attack: 'jsma',
      objective: String(parameters.outputs),
      parameters: resolveParameters(lookUp(attacks, 'jsma', 'attack'), parameters),
      budgets: [...profile.elements],
      samples: iterative ? profile.iterativeSamples : profile.attackSamples,
      seed,
      tau: 0,
    },
  }));
}

/** One gallery for each kind of attack: the single-step one, and the one that changes few elements, at its strongest. */
function galleries(profile: StudyProfile, planned: readonly Wanted[]): PlannedGallery[] {
  const shown = (found: Wanted | undefined, figure: string, budget: number): PlannedGallery[] =>
    found && profile.figures.includes(figure)
      ? [{ variant: found.variant, attack: found.parameters, gallery: { ...galleryOf(found), budget } }]
      : [];
  const galleryOf = ({ parameters: { dataset, attack, objective, parameters, seed } }: Wanted) => ({
    dataset,
    attack,
    objective,
    parameters,
    seed,
    rows: GALLERY_ROWS,
  });
  return [
    ...shown(
      planned.find((p) => p.parameters.attack === 'fgsm' && p.parameters.tau === 0),
      '4',
      middle(profile.epsilons),
    ),
    ...shown(
      planned.findLast((p) => p.parameters.attack === 'jsma'),
      '5',
      profile.elements.at(-1)!,
    ),
  ];
}

/** The grid of the MNIST study: what is trained and what is measured, as data. */
function plan(profile: StudyProfile, seed: number): ModelPlan[] {
  const wants = (...figures: string[]) => figures.some((figure) => profile.figures.includes(figure));
  return profile.compressions.map((compression) => {
    const planned = [...fgsmAttacks(profile, seed, compression), ...saliencyAttacks(profile, seed)].filter((a) =>
      wants(...a.figures),
    );
    return {
      ...modelNames(compression),
      train: {
        dataset: DATASET,
        images: profile.trainImages,
        architecture: profile.architecture,
        kernel: profile.kernel,
        compression,
        epochs: profile.epochs,
        batchSize: profile.batchSize,
        optimizer: 'adam',
        learningRate: profile.learningRate,
        schedule: profile.schedule,
        ...(profile.weightDecay !== undefined && { weightDecay: profile.weightDecay }),
        ...(profile.augmentation !== undefined && { augmentation: profile.augmentation }),
        seed,
      },
      accuracy: { dataset: DATASET, images: profile.testImages, seed, tau: 0 },
      // The same images for every tau, 0 included: a curve over different images would show the images.
      inhibition: wants('10a')
        ? profile.taus.map((tau) => ({ dataset: DATASET, images: profile.inhibitedTestImages, seed, tau }))
        : [],
      attacks: planned.map(({ variant, parameters }) => ({ variant, parameters })),
      weights: wants('6') ? [{ bins: 101 }] : [],
      galleries: galleries(profile, planned),
    };
  });
}

/** The paper's MNIST study (section IV and Fig. 9 and 10a). */
export const mnist: Study = { title: 'MNIST', dataset: DATASET, profiles: mnistProfiles, plan, judge: judgeClaims };
