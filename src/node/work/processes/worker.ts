import { studyNamed } from '../../apps/study/index.js';
import { planCost, runModel } from '../../apps/study/model-plan.js';
import { effectiveProfile } from '../../apps/study/profiles.js';
import { nodeRuntime } from '../../runtime.js';
import { RunDirectory } from '../../store/run-directory.js';
import { Executor } from '../executor.js';
import { type Order, packError, type Report, type Task } from './messages.js';
import { reporter } from './reporter.js';

/*
 * The program of a worker process: does models of a study, one at a time, for the process that forked it.
 */

const controller = new AbortController();
const say = (report: Report): void => void process.send?.(report, () => {});

// Without a parent nobody waits for the work, and its next process may want to do it. Checkpoints are kept on the way.
process.on('disconnect', () => process.exit());
if (!process.connected) process.exit();
// Ctrl-C in a terminal reaches every process; the parent speaks for all of them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort());

let work: Promise<(id: string) => Promise<number>> | undefined;

process.on('message', async (order: Order) => {
  if (order.type === 'stop') return controller.abort();
  try {
    work ??= start(order.task);
    const computed = await (await work)(order.id);
    say({ type: 'finished', computed });
  } catch (error) {
    say(controller.signal.aborted ? { type: 'stopped' } : { type: 'failed', error: packError(error) });
  }
});

/** What does one model of the task and tells how many steps were computed. The executor keeps the data between models. */
async function start(task: Task): Promise<(id: string) => Promise<number>> {
  const study = studyNamed(task.study);
  const plan = study.plan(effectiveProfile(study.profiles, task.profile, task.overrides), task.seed);
  const totalCost = planCost(plan);
  let before = 0;
  const executor = new Executor({
    runtime: await nodeRuntime({ threads: task.threads }),
    directory: await RunDirectory.open(task.root, { sharesLock: true }),
    progress: reporter(say, totalCost, () => before),
    signal: controller.signal,
    totalCost,
  });
  const computed = () => executor.provenances.length - executor.reused;
  return async (id) => {
    const model = plan.find((m) => m.id === id);
    if (!model) throw new Error(`the plan of the study has no model ${id}`);
    const earlier = computed();
    await runModel(model, executor);
    before += planCost([model]);
    return computed() - earlier;
  };
}
