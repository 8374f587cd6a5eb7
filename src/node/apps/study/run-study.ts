import { ToolkitError } from '../../../core/base/errors.js';
import { type Progress, silent } from '../../../core/base/progress.js';
import type { Runtime } from '../../../core/runtime/runtime.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { Executor } from '../../work/executor.js';
import { checkJobs, workSideBySide } from '../../work/processes/side-by-side.js';
import { Stopped } from '../../work/processes/worker-process.js';
import type { Provenance } from '../../work/step.js';
import { decodeOutcomes } from './attack-outcomes.js';
import { pairedComparisons } from './comparisons.js';
import { type ModelResults, planCost, runModel } from './model-plan.js';
import { checkSizes, effectiveProfile, type StudyProfile } from './profiles.js';
import type { Study } from './study.js';
import { type Results, resultsSchema } from './study-schema.js';
import { verdictsOf } from './study-verdicts.js';

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
  /**
   * Models that are trained and measured side by side, each in a process of its own with its share of the cores. Default: 1,
   * everything in this process.
   */
  readonly jobs?: number;
}

export interface StudyOutcome {
  readonly results: Results;
  /** Files that the results name, relative to the run directory: models, and the images of the galleries as `.npz`. */
  readonly models: ReadonlyMap<string, Uint8Array>;
  readonly galleries: ReadonlyMap<string, Uint8Array>;
  /** Other files that the results name: the outcomes of every input, as `.csv` and `.npz`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Steps that were found finished in the run directory. */
  readonly reused: number;
}

/**
 * Runs a study in a run directory. Every finished step is kept there, so that a killed study goes on where it was, and
 * gives the results that it would have given uninterrupted.
 *
 * @param directory opened by the caller, who also writes what is made of the outcome
 * @throws ToolkitError `interrupted` after the signal; `worker-ended` for a process that died; `bad-value` and `unknown-name` for a profile that cannot be run
 */
export async function run(
  study: Study,
  directory: RunDirectory,
  options: Omit<StudyOptions, 'out' | 'dataset'>,
): Promise<StudyOutcome> {
  const { runtime, seed = 1, progress = silent, signal, jobs = 1 } = options;
  await checkJobs(jobs, runtime);
  const profile = effectiveProfile(study.profiles, options.profile, options.overrides);
  const plan = study.plan(profile, seed);
  const executor = new Executor({
    runtime,
    directory,
    progress,
    totalCost: planCost(plan),
    ...(signal && { signal }),
  });
  const { train, test, classNames } = await executor.dataset(study.dataset);
  checkSizes(profile, train.count, test.count);
  const { profile: name, overrides } = options;
  const task = {
    root: directory.root,
    study: study.dataset,
    profile: name,
    seed,
    ...(overrides && { overrides }),
  };
  const parts: ModelResults[] = [];
  let computed = 0;
  try {
    computed = await workSideBySide({ plan, executor, jobs, task, progress, ...(signal && { signal }) });
    // What other processes did is found finished.
    for (const model of plan) parts.push(await runModel(model, executor));
  } catch (cause) {
    if (!signal?.aborted && !(cause instanceof Stopped)) throw cause;
    throw new ToolkitError(
      'interrupted',
      { what: 'study', resume: 'The same command goes on from here.' },
      { cause },
    );
  }
  const { finished, toolkit, earlier: _, ...environment } = latest(executor.provenances);
  const outcomes = parts.flatMap((p) => p.outcomes.map(decodeOutcomes));
  const measured: Results = {
    schema: 'foolproof.results/1',
    toolkit,
    study: study.dataset,
    profile: profile.name,
    figures: [...profile.figures],
    seed,
    finished,
    environment,
    dataset: {
      name: study.title,
      train: profile.trainImages,
      test: profile.testImages,
      attacked: profile.attackSamples,
      classNames: [...classNames],
    },
    models: parts.map((p) => p.model),
    attacks: parts.flatMap((p) => p.attacks),
    inhibition: parts.flatMap((p) => p.inhibition),
    verdicts: verdictsOf(outcomes),
    weights: parts.flatMap((p) => p.weights),
    gradients: parts.flatMap((p) => p.gradients),
    gallery: parts.flatMap((p) => p.gallery),
    comparisons: pairedComparisons(outcomes),
    claims: [],
  };
  const results = resultsSchema.parse({ ...measured, claims: study.judge(measured) });
  return {
    results,
    models: new Map(parts.map((p) => [p.model.file, p.modelBytes])),
    galleries: new Map(parts.flatMap((p) => [...p.galleryImages])),
    files: new Map(parts.flatMap((p) => [...p.files])),
    reused: executor.reused - computed,
  };
}

/** Provenance of the step that was finished last: repeating a finished study changes nothing in its results. */
const latest = (steps: readonly Provenance[]): Provenance =>
  steps.reduce((last, step) => (step.finished > last.finished ? step : last));
