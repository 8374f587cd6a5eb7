import { join } from 'node:path';
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
import { OtherProcess } from '../../../support/other-process.js';
import { useTemporaryFolders } from '../../store/temporary.js';

const temporaryFolder = useTemporaryFolders();

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

describe("a study's plan", { timeout: 120_000 }, () => {
  it('is executed in another process from its JSON alone, and gives the same results', async () => {
    const study = studyNamed('mnist');
    const dataset = await loadDataset(study.dataset);
    const reference = { name: study.dataset, digest: datasetDigest(dataset) };
    const plan = study.plan(effectiveProfile(study.profiles, 'quick', tiny), 7, {
      reference,
      classNames: dataset.classNames,
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
