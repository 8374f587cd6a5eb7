import { describe, expect, it } from 'vitest';
import { type Progress, silent } from '../../../src/core/base/progress.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import type { ArtifactStore } from '../../../src/node/store/artifact-store.js';
import { MemoryStore } from '../../../src/node/store/memory-store.js';
import { DataSource } from '../../../src/node/work/data-source.js';
import { type Finished, metaOf, type RunOptions, readArtifact } from '../../../src/node/work/executor.js';
import { InProcessExecutor } from '../../../src/node/work/in-process.js';
import { type Plan, stepOf } from '../../../src/node/work/plan.js';
import { dataOf } from '../../support/errors.js';
import { planOf } from '../../support/plans.js';
import { tinyAccuracy, tinyAttack, tinyData, tinyReference, tinyTraining } from '../../support/tiny-data.js';

const known = new Map([[tinyReference.digest, tinyData]]);

async function executorOn(store: ArtifactStore, data = known): Promise<InProcessExecutor> {
  const runtime = await nodeRuntime({ threads: 1 });
  return new InProcessExecutor({ runtime, store, data: new DataSource(store, data) });
}

async function runAll(store: ArtifactStore, plan: Plan, options: RunOptions = {}): Promise<Finished[]> {
  const executor = await executorOn(store);
  const finished: Finished[] = [];
  try {
    for await (const step of executor.run(plan, options)) finished.push(step);
    return finished;
  } finally {
    await executor.close();
  }
}

const told = (steps: readonly Finished[]) =>
  steps.map(({ step, found }) => `${step.id}${found ? ' (found)' : ''}`);

const plan = planOf(tinyTraining('a'), tinyAccuracy('of a', 'a'), tinyAttack('on a', 'a'));

describe('an executor in this process', () => {
  it('runs what was not run before, and tells of everything', async () => {
    const store = new MemoryStore();
    const first = await runAll(store, plan);
    expect(told(first)).toEqual(['a', 'of a', 'on a']);
    const again = await runAll(store, plan);
    expect(told(again)).toEqual(['a (found)', 'of a (found)', 'on a (found)']);
    expect(again.map(({ meta }) => meta)).toEqual(first.map(({ meta }) => meta));
    const [training, accuracy] = again;
    expect(metaOf(training!, 'train').images).toBe(2 * 40);
    expect(metaOf(accuracy!, 'accuracy').accuracy.total).toBe(20);
    expect(() => metaOf(accuracy!, 'train')).toThrow(/kind accuracy, not train/);
    const model = decodeModel(await readArtifact(training!, 'model.onnx'));
    expect(model.metadata.get('foolproof.architecture')).toBe('1x4x4-F4-2');
    expect(() => readArtifact(training!, 'outcomes.npz')).toThrow(/has left no outcomes/);
  });

  it('shares a step between two plans, and within one', async () => {
    const store = new MemoryStore();
    await runAll(store, planOf(tinyTraining('a')));
    const other = planOf(
      tinyTraining('x'),
      tinyAccuracy('of x', 'x'),
      tinyTraining('y'),
      tinyAccuracy('of y', 'y'),
    );
    expect(told(await runAll(store, other))).toEqual(['x (found)', 'y (found)', 'of x', 'of y (found)']);
  });

  it('does a step again when its input has become another one', async () => {
    const store = new MemoryStore();
    const [training, accuracy] = await runAll(store, plan);
    // As if the training had been damaged, and done again where sums have another order.
    const place = store.step('train', training!.key);
    const record = (await place.find())!;
    await place.discard();
    const bytes = await readArtifact(training!, 'model.onnx');
    const same = new Map([['model.onnx', bytes]]);
    await place.commit(same, record.meta);
    expect(told(await runAll(store, plan))).toEqual(['a (found)', 'of a (found)', 'on a (found)']);
    const [other] = await runAll(store, planOf(tinyTraining('b', 2)));
    await place.discard();
    await place.commit(new Map([['model.onnx', await readArtifact(other!, 'model.onnx')]]), record.meta);
    expect(told(await runAll(store, plan))).toEqual(['a (found)', 'of a', 'on a']);
    expect((await store.step('accuracy', accuracy!.key).find())?.meta.inputs).toEqual({
      model: other!.artifacts.get('model.onnx')?.sha256,
    });
  });

  it('does a step again whose numbers are not in the shape of its kind', async () => {
    const store = new MemoryStore();
    const [training, accuracy] = await runAll(store, plan);
    const place = store.step('accuracy', accuracy!.key);
    const { meta } = (await place.find())!;
    for (const broken of [{ ...meta, result: { accuracy: 1 } }, { result: meta.result }, {}]) {
      await place.discard();
      await place.commit(new Map(), broken);
      expect(told(await runAll(store, plan))).toEqual(['a (found)', 'on a (found)', 'of a']);
    }
    expect(training!.found).toBe(false);
  });

  it('says what each step is in the words of the plan, and how much of all is done', async () => {
    const labels: string[] = [];
    const shares: number[] = [];
    const progress: Progress = {
      ...silent,
      begin: (label) => labels.push(label),
      overall: (share) => shares.push(share),
    };
    await runAll(new MemoryStore(), plan, { progress });
    expect(labels).toEqual(['Tiny a', 'test accuracy', 'fgsm on cross-entropy']);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBeCloseTo(1);
  });

  it('keeps what is finished when it is stopped', async () => {
    const store = new MemoryStore();
    const controller = new AbortController();
    const progress: Progress = {
      ...silent,
      begin: (label) => {
        if (label === 'test accuracy') controller.abort(new Error('enough'));
      },
    };
    await expect(runAll(store, plan, { signal: controller.signal, progress })).rejects.toThrow('enough');
    expect(told(await runAll(store, plan))).toEqual(['a (found)', 'of a', 'on a']);
    await expect(runAll(store, plan, { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('runs nothing more when nobody listens', async () => {
    const store = new MemoryStore();
    const executor = await executorOn(store);
    for await (const { step } of executor.run(plan)) {
      expect(step.id).toBe('a');
      break;
    }
    expect(told(await runAll(store, plan))).toEqual(['a (found)', 'of a', 'on a']);
  });

  it('starts from bytes of the store', async () => {
    const store = new MemoryStore();
    const [training] = await runAll(store, plan);
    const weights = (sha256: string) =>
      planOf(stepOf('weights', { id: 'w', parameters: { bins: 11 }, inputs: { model: { sha256 } } }));
    const bytes = await readArtifact(training!, 'model.onnx');
    await dataOf('corrupt-data', () => runAll(store, weights(training!.artifacts.get('model.onnx')!.sha256)));
    const [measured] = await runAll(store, weights(await store.put(bytes)));
    expect(metaOf(measured!, 'weights').layers.map(({ layer }) => layer)).toContain('all');
  });

  it('refuses data that it cannot find', async () => {
    const store = new MemoryStore();
    const executor = await executorOn(store, new Map());
    const { expected } = await dataOf('data-mismatch', async () => {
      for await (const _ of executor.run(plan));
    });
    expect(expected).toContain(tinyReference.digest.slice(0, 16));
  });
});
