import { type Progress, silent } from '../../../core/base/progress.js';
import type { Assignment } from '../assignment.js';
import { type Finished, type RunOptions, type StepResult, Stopped } from '../executor.js';
import type { Plan } from '../plan.js';
import { PlanProgress } from '../plan-progress.js';
import type { PlanState } from '../plan-state.js';
import type { Report, WorkerSetup } from './messages.js';
import { ResultStream } from './result-stream.js';
import { StepQueue } from './step-queue.js';
import { WorkerProcess } from './worker-process.js';

export interface PoolOptions extends RunOptions {
  readonly plan: Plan;
  readonly state: PlanState;
  /** Steps that were found finished. */
  readonly found: readonly Finished[];
  /** Processes at most. */
  readonly jobs: number;
  readonly setup: WorkerSetup;
  /** What a worker has left of a step. */
  resultOf(assignment: Assignment): Promise<StepResult>;
  /** Hears everything that workers report. */
  readonly onReport?: (assignment: Assignment, report: Report) => void;
  /** The module that a worker process runs. */
  readonly entry?: URL;
}

/** In development the sources are run, as they are. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

/**
 * Has all unfinished steps of a plan done by worker processes, and tells of each. When it ends, in whichever
 * way, none of the processes is left.
 *
 * @throws the first error of any worker, after the others have kept a checkpoint; `Stopped` after the signal
 */
export async function* runPool(options: PoolOptions): AsyncGenerator<Finished> {
  const { plan, state, found, jobs, progress = silent, signal } = options;
  const whole = new PlanProgress(plan, progress);
  for (const finished of found) whole.finish(finished);
  const queue = new StepQueue(plan, state);
  const stream = new ResultStream<Finished>();
  const stop = () => {
    queue.close();
    stream.fail(new Stopped());
  };
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const count = Math.min(jobs, state.unfinished.length);
  const lanes = Array.from({ length: count }, () => () => progress.lane?.() ?? silent);
  const working = Promise.all(lanes.map((lane) => employ({ ...options, queue, stream, whole, lane })));
  working.then(() => stream.end());
  try {
    yield* stream;
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
    await working;
  }
}

interface Employment extends PoolOptions {
  readonly queue: StepQueue;
  readonly stream: ResultStream<Finished>;
  readonly whole: PlanProgress;
  /** Called when the process is started. */
  readonly lane: () => Progress;
}

/**
 * Gives steps to one process, which is started with the first of them. When it returns, the process is gone.
 */
async function employ(employment: Employment): Promise<void> {
  const { queue, stream, whole, lane, setup, resultOf, onReport, entry = ENTRY } = employment;
  let started: { readonly worker: WorkerProcess; readonly lane: Progress } | undefined;
  const ignore = stream.onFailure(() => started?.worker.stop());
  try {
    for (let next = await queue.take(); next; next = await queue.take(next)) {
      // Taken in the moment in which another worker failed: it would never be stopped.
      if (stream.failed) return;
      started ??= { worker: new WorkerProcess(entry), lane: lane() };
      const shown = whole.of(next, started.lane);
      const assignment = next;
      const found = await started.worker.run(assignment, setup, (report) => {
        onReport?.(assignment, report);
        show(report, shown);
      });
      const result = await resultOf(next);
      for (const finished of queue.finish({ ...result, found })) {
        whole.finish(finished);
        stream.push(finished);
      }
    }
  } catch (error) {
    queue.close();
    stream.fail(error);
  } finally {
    ignore();
    await started?.worker.end();
  }
}

function show(report: Report, lane: Progress): void {
  if (report.type === 'begin') lane.begin(report.label, report.total, report.unit);
  else if (report.type === 'advance') lane.advance(report.done, report.detail);
  else if (report.type === 'end') lane.end(report.summary);
}
