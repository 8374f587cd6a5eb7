import type { ParametersOf } from '../../work/kinds/index.js';
import { kinds } from '../../work/kinds/index.js';
import { type Plan, type Step, stepOf } from '../../work/plan.js';
import { forwardCost, type ModelChoice, modelNames, notationOf, parseChoice } from './choices.js';
import type { StudyProfile } from './profiles.js';
import type { StepAbout, StudyData } from './study-plan.js';

/** The paper's J, as it is evaluated stably. Its gradients are those of Figs. 7 and 9. */
export const STABLE = 'cross-entropy';

/** An attack of the grid. */
export interface PlannedAttack {
  /** Tells runs of one attack apart, see `results.json`; the parameters alone decide what is done. */
  readonly variant: string;
  readonly parameters: ParametersOf<'attack'>;
  /** Figures of the paper that this is measured for. */
  readonly figures: readonly string[];
}

/** A gallery of a planned attack at one of its budgets. */
export interface PlannedGallery {
  readonly attack: PlannedAttack;
  readonly budget: number;
}

/** What a study's grid is made from. */
export interface Grid {
  readonly data: StudyData;
  readonly profile: StudyProfile;
  readonly seed: number;
}

/** Whether a profile measures any of these figures. */
export const wants = (profile: StudyProfile, ...figures: readonly string[]): boolean =>
  figures.some((figure) => profile.figures.includes(figure));

export interface FgsmGrid extends Grid {
  /** Figure that shows success over epsilon for the models as trained. */
  readonly curve: string;
  figuresOf(objective: string, tau: number): readonly string[];
  /** Figures that the transfer from the model without inhibition is measured for. */
  readonly transfer: readonly string[];
}

/**
 * HFGSM on the model as trained and inhibited, with every objective; beside it the transfer from the
 * uninhibited model.
 */
export function fgsmAttacks(grid: FgsmGrid): PlannedAttack[] {
  const { data, profile, seed } = grid;
  const inhibited = [...profile.inhibitedEpsilons];
  const all = [...new Set([...profile.epsilons, ...inhibited])].sort((a, b) => a - b);
  const planned = (
    variant: string,
    objective: string,
    tau: number,
    figures: readonly string[],
  ): PlannedAttack => ({
    variant,
    figures,
    parameters: {
      data: data.reference,
      attack: 'fgsm',
      objective,
      parameters: {},
      ...(variant === 'transfer' && { source: 'uninhibited' }),
      budgets: tau === 0 && wants(profile, grid.curve) ? all : inhibited,
      samples: profile.attackSamples,
      seed,
      tau,
    },
  });
  return profile.taus.flatMap((tau) => [
    ...profile.objectives.map((o) => planned('', o, tau, grid.figuresOf(o, tau))),
    // Without inhibition it would be the attack itself.
    ...(tau === 0 ? [] : [planned('transfer', STABLE, tau, grid.transfer)]),
  ]);
}

const GALLERY_ROWS = 10;
const WEIGHT_BINS = 101;

/** A gallery of a planned attack; none when the attack is not planned. */
export const galleryOf = (attack: PlannedAttack | undefined, budget: number): PlannedGallery[] =>
  attack ? [{ attack, budget }] : [];

export interface ModelGrid extends Grid {
  readonly study: string;
  attacks(choice: ModelChoice): readonly PlannedAttack[];
  galleries(planned: readonly PlannedAttack[]): readonly PlannedGallery[];
  /** Figure that shows accuracy over tau, and the one that shows weights. */
  readonly accuracyOverTau: string;
  readonly weights?: string;
}

/**
 * Everything that a study does, as data: of what can be measured only what the figures of the profile need.
 */
export function studyPlan(grid: ModelGrid): Plan {
  const { profile, seed, study, data } = grid;
  return {
    schema: 'foolproof.plan/1',
    about: {
      study,
      profile: profile.name,
      figures: [...profile.figures],
      seed,
      train: profile.trainImages,
      test: profile.testImages,
      attacked: profile.attackSamples,
      classNames: [...data.classNames],
    },
    steps: profile.models.flatMap((text) => modelSteps(parseChoice(text), grid)),
  };
}

/** What is done with one model: its training first, then all that is measured on it. */
function modelSteps(choice: ModelChoice, grid: ModelGrid): Step[] {
  const { profile, seed } = grid;
  const data = grid.data.reference;
  const { id: model, label } = modelNames(choice);
  const weight = forwardCost(notationOf(choice, profile.architecture), profile.kernel);
  const training = `${model}/train`;
  const common = (name: string, title: string, role: StepAbout['role'], variant = '') => ({
    id: `${model}/${name}`,
    title: `${label}: ${title}${variant ? `, ${variant}` : ''}`,
    weight,
    about: { model, label, variant, role },
  });
  const trained = { model: { step: training, artifact: 'model.onnx' } };
  const planned = grid.attacks(choice).filter((a) => wants(profile, ...a.figures));
  const train = trainingOf(choice, grid);
  const measured = (images: number, tau: number) => ({ data, images, seed, tau });
  const accuracy = measured(profile.testImages, 0);
  // The same images for every tau, 0 included: a curve over different images would show the images.
  const overTau = wants(profile, grid.accuracyOverTau)
    ? profile.taus.map((tau) => measured(profile.inhibitedTestImages, tau))
    : [];
  const weights = { bins: WEIGHT_BINS };
  return [
    stepOf('train', { ...common('train', kinds.train.title(train), 'training'), parameters: train }),
    stepOf('accuracy', {
      ...common('accuracy', kinds.accuracy.title(accuracy), 'clean-accuracy'),
      parameters: accuracy,
      inputs: trained,
    }),
    ...overTau.map((parameters) =>
      stepOf('accuracy', {
        ...common(`accuracy-tau-${parameters.tau}`, kinds.accuracy.title(parameters), 'accuracy-over-tau'),
        parameters,
        inputs: trained,
      }),
    ),
    ...planned.map((attack) =>
      stepOf('attack', {
        ...common(attackName(attack), kinds.attack.title(attack.parameters), 'attack', attack.variant),
        parameters: attack.parameters,
        inputs: trained,
      }),
    ),
    ...(grid.weights !== undefined && wants(profile, grid.weights)
      ? [
          stepOf('weights', {
            ...common('weights', kinds.weights.title(weights), 'weights'),
            parameters: weights,
            inputs: trained,
          }),
        ]
      : []),
    ...grid.galleries(planned).map(({ attack, budget }) => {
      const name = attackName(attack);
      const { data, attack: method, objective, parameters, seed } = attack.parameters;
      const shown = { data, attack: method, objective, parameters, seed, rows: GALLERY_ROWS, budget };
      return stepOf('gallery', {
        ...common(`gallery-${name}`, kinds.gallery.title(shown), 'gallery', attack.variant),
        parameters: shown,
        inputs: { ...trained, outcomes: { step: `${model}/${name}`, artifact: 'outcomes.npz' } },
      });
    }),
  ];
}

function trainingOf(choice: ModelChoice, { data, profile, seed }: Grid): ParametersOf<'train'> {
  const { trainImages: images, kernel, epochs, batchSize, optimizer, learningRate, schedule } = profile;
  return {
    data: data.reference,
    images,
    architecture: notationOf(choice, profile.architecture),
    kernel,
    compression: choice.reshaping.text,
    ...{ epochs, batchSize, optimizer, learningRate, schedule },
    ...(profile.weightDecay !== undefined && { weightDecay: profile.weightDecay }),
    ...(profile.augmentation !== undefined && { augmentation: profile.augmentation }),
    seed,
  };
}

/**
 * `jsma-iterative-pairs-logits`, with `-tau-0.1` when inhibited: unique among the attacks on
 * one model, fit for a file.
 */
export function attackName({ variant, parameters }: Pick<PlannedAttack, 'variant' | 'parameters'>): string {
  const { attack, objective, tau } = parameters;
  const words = [attack, variant.replaceAll(' ', '-'), objective, ...(tau > 0 ? [`tau-${tau}`] : [])];
  return words.filter(Boolean).join('-');
}
