import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { assembleStudy } from '../../../../src/node/apps/study/assemble-study.js';
import { studyNamed } from '../../../../src/node/apps/study/index.js';
import { effectiveProfile } from '../../../../src/node/apps/study/profiles.js';
import { loadDataset } from '../../../../src/node/datasets/index.js';
import { datasetDigest } from '../../../../src/node/datasets/split-digest.js';
import { nodeRuntime } from '../../../../src/node/runtime.js';
import { RunDirectory } from '../../../../src/node/store/run-directory.js';
import { DataSource } from '../../../../src/node/work/data-source.js';
import type { Executor, Finished } from '../../../../src/node/work/executor.js';
import { InProcessExecutor } from '../../../../src/node/work/in-process.js';
import type { Plan } from '../../../../src/node/work/plan.js';
import { PlanState } from '../../../../src/node/work/plan-state.js';
import { keyContextOf } from '../../../../src/node/work/step-keys.js';
import { useTemporaryFolders } from '../../store/temporary.js';

const temporaryFolder = useTemporaryFolders();
const program = fileURLToPath(new URL('../../work/run-plan.ts', import.meta.url));

const tiny = {
  architecture: '784-C4k3-F16-10',
  trainImages: 320,
  models: ['none', 'hash:1/8'],
  testImages: 60,
  inhibitedTestImages: 50,
  attackSamples: 20,
  iterativeSamples: 5,
  epsilons: [0.1, 0.3],
  elements: [5, 20],
  taus: [0, 0.5],
};

/** Runs plans in a process of its own, to which nothing travels but the plan as JSON; results come back through the store. */
class OtherProcess implements Executor {
  /** What the process said that it has computed. */
  readonly computed: string[] = [];

  constructor(private readonly root: string) {}

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

describe("a study's plan", { timeout: 120_000 }, () => {
  it('is executed in another process from its JSON alone, and gives the same results', async () => {
    const study = studyNamed('mnist');
    const dataset = await loadDataset(study.dataset);
    const reference = { name: study.dataset, digest: datasetDigest(dataset) };
    const plan = study.plan(effectiveProfile(study.profiles, 'quick', tiny), 7, {
      data: { reference, classNames: dataset.classNames },
    });
    const fold = async (executor: Executor) => {
      const finished = new Map<string, Finished>();
      for await (const step of executor.run(plan)) finished.set(step.step.id, step);
      await executor.close();
      const { results, files, galleries } = await assembleStudy(study, plan, finished);
      const hashes = [...files, ...galleries].map(([name, { sha256 }]) => [name, sha256]);
      return { results: { ...results, finished: '' }, hashes };
    };
    const other = new OtherProcess(join(temporaryFolder(), 'run'));
    const theirs = await fold(other);
    expect(other.computed).toEqual(plan.steps.map(({ id }) => id));
    const store = await RunDirectory.open(temporaryFolder());
    const runtime = await nodeRuntime({ threads: 1 });
    const data = new DataSource(store, new Map([[reference.digest, dataset]]));
    const ours = await fold(new InProcessExecutor({ runtime, store, data }));
    await store.close();
    expect(theirs).toEqual(ours);
    // Once more, nothing is left to be done.
    await fold(other);
    expect(other.computed).toHaveLength(plan.steps.length);
  });
});
