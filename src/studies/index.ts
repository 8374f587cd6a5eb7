import { ToolkitError } from '../errors.js';
import { lookUp } from '../names.js';
import { type Progress, silent } from '../progress.js';
import type { Runtime } from '../runtime/runtime.js';
import { environment } from '../store/environment.js';
import type { RunDirectory } from '../store/run-directory.js';
import { toolkitVersion } from '../version.js';
import { judgeClaims } from './claims.js';
import { Executor } from './executor.js';
import { type ModelResults, mnistPlan, planCost, runModel } from './mnist.js';
import { mnistProfiles, type StudyProfile } from './profiles.js';
import { type Results, resultsSchema } from './results.js';

export { mnistProfiles, type StudyProfile } from './profiles.js';
export { type Histogram, type Rate, type Results, rateSchema, resultsSchema } from './results.js';

export interface StudyOptions {
  readonly runtime: Runtime;
  /** Run directory; created when missing, resumed when it holds finished steps. */
  readonly out: string;
  readonly profile: string;
  readonly dataset?: string;
  readonly seed?: number;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Narrows or changes the profile. */
  readonly overrides?: Partial<StudyProfile>;
}

export interface StudyOutcome {
  readonly results: Results;
  /** Files that the results name, relative to the run directory: models, and the images of the galleries as `.npz`. */
  readonly models: ReadonlyMap<string, Uint8Array>;
  readonly galleries: ReadonlyMap<string, Uint8Array>;
  /** Steps that were found finished in the run directory. */
  readonly reused: number;
}

/** Every study by the name of its data set. */
const studies: Readonly<Record<string, { title: string; profiles: Readonly<Record<string, StudyProfile>> }>> = {
  mnist: { title: 'MNIST', profiles: mnistProfiles },
};

/** The profile a study would run with. @throws ToolkitError `unknown-name` */
export const profileOf = (dataset: string, profile: string): StudyProfile =>
  lookUp(lookUp(studies, dataset, 'study').profiles, profile, 'profile');

/**
 * Runs a study in a run directory. Every finished step is kept there, so that a killed study goes on where it was, and
 * gives the results that it would have given uninterrupted.
 *
 * @param directory opened by the caller, who also writes what is made of the outcome
 * @throws ToolkitError `interrupted` after the signal, among others
 */
export async function runStudy(directory: RunDirectory, options: Omit<StudyOptions, 'out'>): Promise<StudyOutcome> {
  const { runtime, seed = 1, dataset = 'mnist', progress = silent, signal } = options;
  const profile = { ...profileOf(dataset, options.profile), ...options.overrides };
  const plan = mnistPlan(profile, seed);
  const executor = new Executor({ runtime, directory, progress, totalCost: planCost(plan), ...(signal && { signal }) });
  const data = await executor.dataset(dataset);
  const parts: ModelResults[] = [];
  try {
    for (const model of plan) parts.push(await runModel(model, executor));
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new ToolkitError(
      'interrupted',
      { what: 'study', resume: 'The same command goes on from here.' },
      { cause: error },
    );
  }
  const measured: Results = {
    schema: 'foolproof.results/1',
    toolkit: toolkitVersion,
    study: dataset,
    profile: profile.name,
    seed,
    finished: new Date().toISOString(),
    environment: { ...environment(), onnxruntime: runtime.version },
    dataset: {
      name: studies[dataset]!.title,
      train: Math.min(profile.trainImages, data.train.count),
      test: Math.min(profile.testImages, data.test.count),
      attacked: Math.min(profile.attackSamples, data.test.count),
    },
    models: parts.map((p) => p.model),
    attacks: parts.flatMap((p) => p.attacks),
    inhibition: parts.flatMap((p) => p.inhibition),
    weights: parts.flatMap((p) => p.weights),
    gradients: parts.flatMap((p) => p.gradients),
    gallery: parts.flatMap((p) => p.gallery),
    claims: [],
  };
  const results = resultsSchema.parse({ ...measured, claims: judgeClaims(measured) });
  return {
    results,
    models: new Map(parts.map((p) => [p.model.file, p.modelBytes])),
    galleries: new Map(
      parts.flatMap((p) => (p.gallery[0] && p.galleryImages ? [[p.gallery[0].file, p.galleryImages]] : [])),
    ),
    reused: executor.reused,
  };
}
