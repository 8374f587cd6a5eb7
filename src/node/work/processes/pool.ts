import type { Report, Task } from './messages.js';
import { Stopped, WorkerProcess } from './worker-process.js';

/** A model to be done by some worker. */
export interface Assigned {
  readonly id: string;
  readonly label: string;
}

/** Who hears of the work of one process. */
export type Listener = (model: Assigned, report: Report) => void;

export interface PoolOptions {
  readonly task: Task;
  /** Taken from the front. */
  readonly queue: readonly Assigned[];
  readonly jobs: number;
  readonly signal?: AbortSignal;
  /** Called once for each process. */
  readonly listener: () => Listener;
  /** The module that a worker process runs. */
  readonly entry?: URL;
}

/** In development the sources are run, as they are. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

/**
 * Has all models done by worker processes, each of which takes the next model when it is done with one. When it returns, none of the processes
 * is left.
 *
 * @returns how many steps were computed
 * @throws the first error of any worker, after the others have kept a checkpoint; `Stopped` after the signal
 */
export async function runPool(options: PoolOptions): Promise<number> {
  const { task, jobs, signal, listener, entry = ENTRY } = options;
  if (signal?.aborted) throw new Stopped();
  const waiting = [...options.queue];
  const workers = Array.from({ length: Math.min(jobs, waiting.length) }, () => new WorkerProcess(entry));
  const errors: unknown[] = [];
  const stop = () => {
    waiting.length = 0;
    for (const worker of workers) worker.stop();
  };
  signal?.addEventListener('abort', stop, { once: true });
  let computed = 0;
  const employ = async (worker: WorkerProcess) => {
    const listen = listener();
    try {
      for (let model = waiting.shift(); model; model = waiting.shift()) {
        const assigned = model;
        const order = { type: 'model', id: model.id, task } as const;
        const steps = await worker.run(order, model.label, (report) => listen(assigned, report));
        // Not in the same statement: it would add to what the sum was before the wait.
        computed += steps;
      }
    } catch (error) {
      errors.push(error);
      stop();
    } finally {
      await worker.end();
    }
  };
  await Promise.all(workers.map(employ));
  signal?.removeEventListener('abort', stop);
  if (signal?.aborted) throw new Stopped();
  if (errors.length > 0) throw errors[0];
  return computed;
}
