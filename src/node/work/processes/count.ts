import { ToolkitError } from '../../../core/base/errors.js';

/**
 * What a worker process may need: the data set, a model, its training graph and the activations of a batch.
 */
const BYTES_PER_JOB = 2 * 2 ** 30;

/** Jobs that a machine carries, at least one. @param memory free bytes */
export const automaticJobs = (machine: { readonly cores: number; readonly memory: number }): number =>
  Math.max(1, Math.min(machine.cores, Math.floor(machine.memory / BYTES_PER_JOB)));

/**
 * Threads for each of several processes: more than there are cores in all would only get in each other's way.
 */
export const threadsOfEach = (jobs: number, cores: number): number => Math.max(1, Math.floor(cores / jobs));

/** @throws ToolkitError `bad-value` for a number of jobs that cannot be */
export function checkJobs(jobs: number): void {
  if (Number.isSafeInteger(jobs) && jobs >= 1) return;
  const expected = 'a whole number, at least 1';
  throw new ToolkitError('bad-value', { what: 'jobs', expected, received: String(jobs) });
}
