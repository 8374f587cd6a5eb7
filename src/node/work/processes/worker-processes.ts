import { availableParallelism } from 'node:os';
import { ToolkitError } from '../../../core/base/errors.js';
import type { Runtime } from '../../../core/runtime/runtime.js';
import { nodeRuntime } from '../../runtime.js';
import type { RunDirectory } from '../../store/run-directory.js';
import type { Assignment } from '../assignment.js';
import type { Executor, Finished, RunOptions, StepResult } from '../executor.js';
import type { Plan } from '../plan.js';
import { PlanState } from '../plan-state.js';
import { keyContextOf } from '../step-keys.js';
import { findResult } from '../step-results.js';
import { checkJobs, threadsOfEach } from './count.js';
import { runPool } from './pool.js';

export interface WorkerProcessesOptions {
  /** Opened by the caller, who holds its lock. */
  readonly store: RunDirectory;
  /** Processes at most. */
  readonly jobs: number;
}

const engineOf = ({ name, version, device }: Runtime): string => `${name} ${version} on ${device}`;

/**
 * Runs the steps of plans in several processes of this machine, which share its cores. Steps travel to them
 * as JSON; results come back through the run directory.
 */
export class WorkerProcesses implements Executor {
  private constructor(
    private readonly options: WorkerProcessesOptions,
    private readonly runtime: Runtime,
  ) {}

  /**
   * @param runtime that the caller means to use
   * @throws ToolkitError `bad-value` for a number of jobs that cannot be, and for an engine that other
   *   processes do not use
   */
  static async open(options: WorkerProcessesOptions, runtime: Runtime): Promise<WorkerProcesses> {
    checkJobs(options.jobs);
    const threads = threadsOfEach(options.jobs, availableParallelism());
    const theirs = await nodeRuntime({ threads });
    // Their steps would have other keys than those that this process looks for.
    if (engineOf(runtime) !== engineOf(theirs)) {
      const expected = `1 with ${engineOf(runtime)}: other processes use ${engineOf(theirs)}`;
      throw new ToolkitError('bad-value', { what: 'jobs', expected, received: String(options.jobs) });
    }
    return new WorkerProcesses(options, theirs);
  }

  async *run(plan: Plan, options: RunOptions = {}): AsyncGenerator<Finished> {
    const { store, jobs } = this.options;
    const state = new PlanState(plan, keyContextOf(this.runtime));
    const found: Finished[] = [];
    for await (const finished of state.found(store, options.signal)) {
      found.push(finished);
      yield finished;
    }
    const setup = { store: store.root, threads: this.runtime.threads ?? 1 };
    const resultOf = (assignment: Assignment) => this.#left(assignment);
    yield* runPool({ ...options, plan, state, found, jobs, setup, resultOf });
  }

  async close(): Promise<void> {}

  async #left(assignment: Assignment): Promise<StepResult> {
    const { store } = this.options;
    const result = await findResult(store, assignment);
    if (result) return result;
    const { title, kind, key } = assignment;
    const step = `${kind}-${key.slice(0, 16)}`;
    throw new Error(`${title}: the step ${step} vanished from ${store.root} while it was written`);
  }
}
