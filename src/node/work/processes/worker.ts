import { nodeRuntime } from '../../runtime.js';
import { RunDirectory } from '../../store/run-directory.js';
import { parseAssignment } from '../assignment.js';
import { DataSource } from '../data-source.js';
import type { StepResult } from '../executor.js';
import { type KeyContext, keyContextOf } from '../step-keys.js';
import { StepRunner } from '../step-runner.js';
import { type Order, packError, type Report, type WorkerSetup } from './messages.js';
import { reporter } from './reporter.js';

/*
 * The program of a worker process: runs steps, one at a time, for the process that forked it.
 */

const controller = new AbortController();
const say = (report: Report): void => void process.send?.(report, () => {});

// Without a parent no process waits for the work, and its next process may want to do it.
// Checkpoints are kept on the way.
process.on('disconnect', () => process.exit());
if (!process.connected) process.exit();
// Ctrl-C in a terminal reaches every process; the parent speaks for all of them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort());

interface Ready {
  readonly runner: StepRunner;
  readonly context: KeyContext;
}

let ready: Promise<Ready> | undefined;

process.on('message', async (order: Order) => {
  if (order.type === 'stop') return controller.abort();
  try {
    ready ??= open(order.setup);
    const { found } = await run(order.assignment, await ready);
    say({ type: 'finished', found });
  } catch (error) {
    say(controller.signal.aborted ? { type: 'stopped' } : { type: 'failed', error: packError(error) });
  }
});

/** The runner keeps data and models between steps. */
async function open({ store: root, threads }: WorkerSetup): Promise<Ready> {
  const runtime = await nodeRuntime({ threads });
  const store = await RunDirectory.open(root, { sharesLock: true });
  const runner = new StepRunner({ runtime, store, data: new DataSource(store) });
  return { runner, context: keyContextOf(runtime) };
}

const run = (assignment: unknown, { runner, context }: Ready): Promise<StepResult> =>
  runner.run(parseAssignment(assignment, context), {
    progress: reporter(say),
    signal: controller.signal,
  });
