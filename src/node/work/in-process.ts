import { silent } from '../../core/base/progress.js';
import type { Executor, Finished, RunOptions } from './executor.js';
import type { Plan } from './plan.js';
import { PlanProgress } from './plan-progress.js';
import { PlanState } from './plan-state.js';
import { keyContextOf } from './step-keys.js';
import { type RunnerOptions, StepRunner } from './step-runner.js';

const first = (state: PlanState) => state.ready().next().value;

/** Runs the steps of plans in this process, one after the other. */
export class InProcessExecutor implements Executor {
  readonly #options: RunnerOptions;
  readonly #runner: StepRunner;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#runner = new StepRunner(options);
  }

  async *run(plan: Plan, { progress = silent, signal }: RunOptions = {}): AsyncGenerator<Finished> {
    const { store, runtime } = this.#options;
    const state = new PlanState(plan, keyContextOf(runtime));
    const found: Finished[] = [];
    for await (const finished of state.found(store, signal)) {
      found.push(finished);
      yield finished;
    }
    const whole = new PlanProgress(plan, progress);
    for (const finished of found) whole.finish(finished);
    for (let next = first(state); next; next = first(state)) {
      const options = { progress: whole.of(next), ...(signal && { signal }) };
      const result = await this.#runner.run(next, options);
      for (const finished of state.finish(result)) {
        whole.finish(finished);
        yield finished;
      }
    }
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}
