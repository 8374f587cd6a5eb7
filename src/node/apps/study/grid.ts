import { forwardCost, type ModelChoice, modelNames, notationOf, parseChoice } from './choices.js';
import type { ModelPlan, PlannedAttack, PlannedGallery } from './model-plan.js';
import type { StudyProfile } from './profiles.js';

/** The paper's J, as it is evaluated stably. Its gradients are those of Figs. 7 and 9. */
export const STABLE = 'cross-entropy';

/** An attack of the grid. */
export interface Wanted extends PlannedAttack {
  /** Figures of the paper that this is measured for. */
  readonly figures: readonly string[];
}

/** What a study's grid is made from. */
export interface Grid {
  readonly dataset: string;
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

/** HFGSM on the model as trained and inhibited, with every objective; beside it the transfer from the uninhibited model. */
export function fgsmAttacks(grid: FgsmGrid): Wanted[] {
  const { dataset, profile, seed } = grid;
  const inhibited = [...profile.inhibitedEpsilons];
  const all = [...new Set([...profile.epsilons, ...inhibited])].sort((a, b) => a - b);
  const planned = (variant: string, objective: string, tau: number, figures: readonly string[]): Wanted => ({
    variant,
    figures,
    parameters: {
      dataset,
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

/** A gallery of a planned attack at one of its budgets; none when the attack is not planned. */
export function galleryOf(wanted: Wanted | undefined, budget: number): PlannedGallery[] {
  if (!wanted) return [];
  const { dataset, attack, objective, parameters, seed } = wanted.parameters;
  const gallery = { dataset, attack, objective, parameters, seed, rows: GALLERY_ROWS, budget };
  return [{ variant: wanted.variant, attack: wanted.parameters, gallery }];
}

export interface ModelGrid extends Grid {
  attacks(choice: ModelChoice): readonly Wanted[];
  galleries(planned: readonly Wanted[]): readonly PlannedGallery[];
  /** Figure that shows accuracy over tau, and the one that shows weights. */
  readonly accuracyOverTau: string;
  readonly weights?: string;
}

/** What is done with each model of the profile, as data: only what its figures need. */
export function modelPlans(grid: ModelGrid): ModelPlan[] {
  const { dataset, profile, seed } = grid;
  return profile.models.map((text) => {
    const choice = parseChoice(text);
    const planned = grid.attacks(choice).filter((a) => wants(profile, ...a.figures));
    const architecture = notationOf(choice, profile.architecture);
    return {
      ...modelNames(choice),
      forwardCost: forwardCost(architecture, profile.kernel),
      train: {
        dataset,
        images: profile.trainImages,
        architecture,
        kernel: profile.kernel,
        compression: choice.reshaping.text,
        epochs: profile.epochs,
        batchSize: profile.batchSize,
        optimizer: profile.optimizer,
        learningRate: profile.learningRate,
        schedule: profile.schedule,
        ...(profile.weightDecay !== undefined && { weightDecay: profile.weightDecay }),
        ...(profile.augmentation !== undefined && { augmentation: profile.augmentation }),
        seed,
      },
      accuracy: { dataset, images: profile.testImages, seed, tau: 0 },
      // The same images for every tau, 0 included: a curve over different images would show the images.
      inhibition: wants(profile, grid.accuracyOverTau)
        ? profile.taus.map((tau) => ({ dataset, images: profile.inhibitedTestImages, seed, tau }))
        : [],
      attacks: planned.map(({ variant, parameters }) => ({ variant, parameters })),
      weights: grid.weights !== undefined && wants(profile, grid.weights) ? [{ bins: 101 }] : [],
      galleries: [...grid.galleries(planned)],
    };
  });
}
