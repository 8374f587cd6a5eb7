import { availableParallelism } from 'node:os';
import { ToolkitError } from '../../../core/base/errors.js';
import { type Progress, silent } from '../../../core/base/progress.js';
import type { Runtime } from '../../../core/runtime/runtime.js';
import { type ModelPlan, planCost, runModel } from '../../apps/study/model-plan.js';
import { nodeRuntime } from '../../runtime.js';
import type { Executor, Request } from '../executor.js';
import type { Finished, Parameters } from '../step.js';
import { queueOf, threadsOfEach } from './count.js';
import type { Task } from './messages.js';
import { Overall } from './overall.js';
import { type Listener, runPool } from './pool.js';

export interface SideBySide {
  readonly plan: readonly ModelPlan[];
  /** Looks for what is finished. */
  readonly executor: Executor;
  readonly jobs: number;
  readonly task: Omit<Task, 'threads'>;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** @throws ToolkitError `bad-value` for a number of jobs that cannot be */
export async function checkJobs(jobs: number, runtime: Runtime): Promise<void> {
  const refuse = (expected: string) => {
    throw new ToolkitError('bad-value', { what: 'jobs', expected, received: String(jobs) });
  };
  if (!Number.isSafeInteger(jobs) || jobs < 1) refuse('a whole number, at least 1');
  if (jobs === 1) return;
  const { name, version } = await nodeRuntime();
  // Their steps would have other keys than those that this process looks for.
  if (runtime.name !== name || runtime.version !== version)
    refuse(`1 with ${runtime.name}: other processes use ${name}`);
}

/**
 * Has the unfinished models of a plan done by worker processes, so that every step of theirs is in the run directory
 * afterwards. With less than two of them, or one job, it does nothing: they are better done in this process, on all cores.
 *
 * @returns how many steps were computed
 * @throws what a worker threw, ToolkitError `worker-ended`, `Stopped`
 */
export async function workSideBySide({ plan, executor, signal, ...options }: SideBySide): Promise<number> {
  if (options.jobs === 1) return 0;
  const found = new Map<string, number>();
  for (const model of plan) found.set(model.id, await finishedCost(model, executor));
  const left = (model: ModelPlan) => planCost([model]) - found.get(model.id)!;
  const queue = queueOf(plan.map((model) => ({ model, left: left(model) })).filter((m) => m.left > 0));
  const jobs = Math.min(options.jobs, queue.length);
  if (jobs < 2) return 0;
  const overall = new Overall(planCost(plan), found);
  return runPool({
    queue,
    jobs,
    task: { ...options.task, threads: threadsOfEach(jobs, availableParallelism()) },
    listener: () => listenerOf(options.progress, overall, (id) => planCost(plan.filter((m) => m.id === id))),
    ...(signal && { signal }),
  });
}

class Missing extends Error {}

/** Cost of the steps of a model that are finished, up to the first that is not. */
async function finishedCost(model: ModelPlan, executor: Executor): Promise<number> {
  let cost = 0;
  const look = async <P extends Parameters, M>(request: Request<P, M>): Promise<Finished<M>> => {
    const found = await executor.find(request);
    if (!found) throw new Missing();
    cost += request.kind.cost(request.parameters);
    return found;
  };
  try {
    await runModel(model, { execute: look });
    // The same sum in another order may round differently.
    return planCost([model]);
  } catch (error) {
    if (error instanceof Missing) return cost;
    throw error;
  }
}

/** Shows what one process reports. */
function listenerOf(progress: Progress, overall: Overall, costOf: (id: string) => number): Listener {
  const lane = progress.lane?.() ?? silent;
  const record = (id: string, worked: number) => {
    overall.record(id, worked);
    const { state } = overall;
    if (state) progress.overall(state.share, state.secondsLeft);
  };
  return ({ id }, report) => {
    if (report.type === 'begin') lane.begin(report.label, report.total, report.unit);
    else if (report.type === 'end') lane.end(report.summary);
    else if (report.type === 'finished') record(id, costOf(id));
    else if (report.type === 'advance') {
      record(id, report.worked);
      lane.advance(report.done, report.detail);
    }
  };
}
