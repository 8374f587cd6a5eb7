import { judgeClaims } from './claims.js';
import { type ModelPlan, modelNames } from './model-plan.js';
import { mnistProfiles, type StudyProfile } from './profiles.js';
import type { Study } from './study.js';

const DATASET = 'mnist';
const GALLERY_ROWS = 10;
/** The gallery shows the middle of the range: strong enough to fool, small enough to recognise the digit. */
const galleryBudget = (epsilons: readonly number[]): number => epsilons[Math.floor(epsilons.length / 2)]!;

/** The grid of the MNIST study: what is trained and what is measured, as data. */
function plan(profile: StudyProfile, seed: number): ModelPlan[] {
  return profile.compressions.map((compression) => ({
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
      schedule: 'cosine',
      seed,
    },
    accuracy: { dataset: DATASET, images: profile.testImages, seed, tau: 0 },
    // The same images for every tau, 0 included: a curve over different images would show the images.
    inhibition: profile.taus.map((tau) => ({ dataset: DATASET, images: profile.inhibitedTestImages, seed, tau })),
    attacks: profile.taus.flatMap((tau) =>
      profile.objectives.map((objective) => ({
        dataset: DATASET,
        attack: 'fgsm',
        objective,
        // Fig. 10 needs the largest epsilon alone; Fig. 4 needs all of them on the model as trained.
        budgets: tau === 0 ? [...profile.epsilons] : [profile.epsilons.at(-1)!],
        samples: profile.attackSamples,
        seed,
        tau,
      })),
    ),
    weights: { bins: 101 },
    gallery: {
      dataset: DATASET,
      attack: 'fgsm',
      objective: profile.objectives[0]!,
      budget: galleryBudget(profile.epsilons),
      seed,
      rows: GALLERY_ROWS,
    },
  }));
}

/** The paper's MNIST study (section IV and Fig. 9 and 10a). */
export const mnist: Study = { title: 'MNIST', dataset: DATASET, profiles: mnistProfiles, plan, judge: judgeClaims };
