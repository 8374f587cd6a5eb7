import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nodeRuntime } from '../../src/node/runtime.js';
import { RunDirectory } from '../../src/node/store/run-directory.js';
import type { Executor, Finished } from '../../src/node/work/executor.js';
import type { Plan } from '../../src/node/work/plan.js';
import { PlanState } from '../../src/node/work/plan-state.js';
import { keyContextOf } from '../../src/node/work/step-keys.js';

const program = fileURLToPath(new URL('./run-plan.ts', import.meta.url));

/**
 * Runs plans in a process of its own, to which nothing travels but the plan as JSON; results come back
 * through the store.
 */
export class OtherProcess implements Executor {
  /** Ids of the steps that the process said that it has computed. */
  readonly computed: string[] = [];

  constructor(readonly root: string) {}

  async *run(plan: Plan): AsyncGenerator<Finished> {
    const store = await RunDirectory.open(this.root);
    await store.write('plan.json', JSON.stringify(plan));
    // The other process works here now.
    await store.close();
    const child = spawn(process.execPath, ['--import', 'tsx', program, this.root]);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(err);
    this.computed.push(...out.split('\n').filter(Boolean));
    const state = new PlanState(plan, keyContextOf(await nodeRuntime({ threads: 1 })));
    yield* state.found(await RunDirectory.open(this.root, { readOnly: true }));
  }

  async close(): Promise<void> {}
}
