import { availableParallelism } from 'node:os';
import { ToolkitError } from '../../../core/base/errors.js';
import { type Progress, silent } from '../../../core/base/progress.js';
import type { Dataset } from '../../../core/data/dataset.js';
import type { Runtime } from '../../../core/runtime/runtime.js';
import { loadDataset } from '../../datasets/index.js';
import { datasetDigest } from '../../datasets/split-digest.js';
import { physicalCores } from '../../store/physical-cores.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { DataSource } from '../../work/data-source.js';
import { type Executor, type Finished, Stopped } from '../../work/executor.js';
import { InProcessExecutor } from '../../work/in-process.js';
import { checkJobs, threadsOfEach } from '../../work/processes/count.js';
import { WorkerProcesses } from '../../work/processes/worker-processes.js';
import { settleThreads } from '../../work/settled-threads.js';
import { keyContextOf } from '../../work/step-keys.js';
import { type AssembledStudy, assembleStudy } from './assemble-study.js';
import { checkSizes, effectiveProfile, type StudyProfile } from './profiles.js';
import type { Study } from './study.js';

/** What a study takes; the options of `foolproof reproduce`. */
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
   * Steps that are run side by side, each in a process of its own with its share of the cores.
   * Default: 1, everything in this process. It decides the engine threads of trainings, which keep
   * those that they were begun with.
   */
  readonly jobs?: number;
}

/** What a study results in. */
export interface StudyOutcome extends AssembledStudy {
  /** Steps that were found finished in the run directory. */
  readonly reused: number;
}

/**
 * Runs a study in a run directory. Every finished step is kept there, so that a killed study resumes, and
 * gives the results that it would have given uninterrupted.
 *
 * @param directory opened by the caller, who also writes what is made of the outcome
 * @throws ToolkitError `interrupted` after the signal; `worker-ended` for a process that died; `bad-value`
 *   and `unknown-name` for a profile that cannot be run
 */
export async function run(
  study: Study,
  directory: RunDirectory,
  options: Omit<StudyOptions, 'out' | 'dataset'>,
): Promise<StudyOutcome> {
  const { runtime, seed = 1, progress = silent, signal, jobs = 1 } = options;
  checkJobs(jobs);
  const profile = effectiveProfile(study.profiles, options.profile, options.overrides);
  const stoppable = { progress, ...(signal && { signal }) };
  try {
    signal?.throwIfAborted();
    const dataset = await loadDataset(study.dataset, stoppable);
    checkSizes(profile, dataset.train.count, dataset.test.count);
    const digest = datasetDigest(dataset);
    const unsettled = study.plan(profile, seed, {
      reference: { name: study.dataset, digest },
      classNames: dataset.classNames,
    });
    // No more trainings than models can be side by side.
    const threads = threadsOfTraining(Math.min(jobs, profile.models.length), runtime);
    const plan = await settleThreads(unsettled, directory, keyContextOf(runtime), threads);
    const executor = await executorOf(jobs, directory, runtime, new Map([[digest, dataset]]));
    const finished = new Map<string, Finished>();
    try {
      for await (const step of executor.run(plan, stoppable)) finished.set(step.step.id, step);
    } finally {
      await executor.close();
    }
    return {
      ...(await assembleStudy(study, plan, finished)),
      reused: [...finished.values()].filter(({ found }) => found).length,
    };
  } catch (cause) {
    if (!signal?.aborted && !(cause instanceof Stopped)) throw cause;
    throw new ToolkitError('interrupted', { what: 'study' }, { cause });
  }
}

const threadsOfTraining = (jobs: number, { threads }: Runtime): number =>
  jobs > 1 ? threadsOfEach(jobs, availableParallelism()) : (threads ?? physicalCores());

async function executorOf(
  jobs: number,
  store: RunDirectory,
  runtime: Runtime,
  known: ReadonlyMap<string, Dataset>,
): Promise<Executor> {
  if (jobs > 1) return WorkerProcesses.open({ store, jobs }, runtime);
  return new InProcessExecutor({ runtime, store, data: new DataSource(store, known) });
}
