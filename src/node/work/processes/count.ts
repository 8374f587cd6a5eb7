import type { ModelPlan } from '../../apps/study/model-plan.js';

/** What one process of a study may need: the data set, a model, its training graph and the activations of a batch. */
const BYTES_PER_JOB = 2 * 2 ** 30;

/** Jobs that a machine carries, at least one. @param memory free bytes */
export const automaticJobs = (machine: { readonly cores: number; readonly memory: number }): number =>
  Math.max(1, Math.min(machine.cores, Math.floor(machine.memory / BYTES_PER_JOB)));

/** Threads for each of several processes: more than there are cores in all would only get in each other's way. */
export const threadsOfEach = (jobs: number, cores: number): number => Math.max(1, Math.floor(cores / jobs));

/** A model with the work that is left to do on it. */
export interface Unfinished {
  readonly model: ModelPlan;
  readonly left: number;
}

/**
 * The order in which models are handed out: most work first, so that no long one begins when all others are done.
 *
 * Of models that are the same network trained in the same way only the first is there. Their steps have the same keys, and two processes
 * must not work on one step; the others find theirs finished afterwards.
 */
export function queueOf(unfinished: readonly Unfinished[]): ModelPlan[] {
  const trainings = unfinished.map(({ model }) => JSON.stringify(model.train));
  return unfinished
    .filter((_, i) => trainings.indexOf(trainings[i]!) === i)
    .sort((a, b) => b.left - a.left)
    .map(({ model }) => model);
}
