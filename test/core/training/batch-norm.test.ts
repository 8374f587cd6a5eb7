import { describe, expect, it } from 'vitest';
import { splitOf } from '../../../src/core/data/dataset.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { foldBatchNorm } from '../../../src/core/models/fold-batch-norm.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { parseReshaping, reshapeAll } from '../../../src/core/reshaping/index.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../../src/core/training/checkpoint.js';
import type { FitResult } from '../../../src/core/training/fit.js';
import {
  trainableParameters,
  trainingGraph,
  weightParameters,
} from '../../../src/core/training/training-graph.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { classifierOf, largestDifference, normal, uniform, withValues } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { numbers, run } from '../../support/run.js';
import { int64, type Model } from '../../support/toolkit.js';
import { MemoryStore, quadrants, tinyPlan, train } from '../../support/training.js';

/** Scales and shifts away from 1 and 0, so that nothing cancels and no ReLU sits on its kink. */
function shaken(model: Model): Model {
  const vectors = [...trainableParameters(model)].filter(([, value]) => value.dims.length === 1);
  const moved = vectors.map(([name, { dims, data }]) => [
    name,
    normal(dims, name).data.map((v, i) => data[i]! + v / 4),
  ]);
  return withValues(model, Object.fromEntries(moved));
}

const tiny = () => shaken(buildModel('1x4x4-C2k3b-M-F4b-3', { seed: 8 }));
const networks: readonly [string, () => Model][] = [
  ['dense', tiny],
  ['hashed', () => reshapeAll(tiny(), parseReshaping('hash:1/2'), 3)],
];

describe.each(networks)('training step of a %s network with batch normalization', (_, build) => {
  const model = build();
  const step = trainingGraph(model, objectives['cross-entropy']);
  const parameters = trainableParameters(model);
  const images = uniform([6, 1, 4, 4], 0, 1, 'images');
  const labels = int64([6], [0, 1, 2, 0, 1, 2]);
  const feeds = { [step.image]: images, [step.label]: labels, ...Object.fromEntries(parameters) };

  it('trains scales and shifts, decays neither, and puts out the statistics of each layer', () => {
    const names = [...parameters.keys()];
    const vectors = ['conv1.norm.scale', 'conv1.norm.shift', 'fc1.norm.scale', 'fc1.norm.shift'];
    expect(names).toEqual(expect.arrayContaining([...vectors, 'fc2.bias']));
    expect(names.some((name) => /mean|variance/.test(name))).toBe(false);
    expect([...weightParameters(model)].some((name) => name.includes('norm'))).toBe(false);
    expect(step.statistics.map(({ label, positions }) => [label, positions])).toEqual([
      ['conv1.norm', 16],
      ['fc1.norm', 1],
    ]);
  });

  it('has the gradients that finite differences show', async () => {
    const results = await run(step.model, feeds);
    const session = await (await nodeRuntime()).createSession(step.model, { threads: 1 });
    for (const [name, output] of step.gradients) {
      const value = parameters.get(name)!;
      const gradient = results[output]!;
      expect(gradient.dims).toEqual(value.dims);
      for (let i = 0; i < value.data.length; i++) {
        const loss = async (by: number) => {
          const data = value.data.with(i, value.data[i]! + by);
          return numbers(
            (await session.run({ ...feeds, [name]: { ...value, data } }, [step.loss]))[step.loss]!,
          )[0]!;
        };
        const central = async (h: number) => ((await loss(h)) - (await loss(-h))) / (2 * h);
        // Richardson's extrapolation: single precision allows no small step, and the loss is curved.
        const slope = (4 * (await central(2e-3)) - (await central(4e-3))) / 3;
        expect(Math.abs(Number(gradient.data[i]) - slope), `${name}[${i}]`).toBeLessThan(1e-3);
      }
      // What is normalized again forgets a shift, but for what a ReLU clips.
      if (name === 'conv1.norm.shift') continue;
      const largest = Math.max(...numbers(gradient).map(Math.abs));
      expect(largest, name).toBeGreaterThan(1e-3);
    }
    await session.release();
  });
});

const valuesOf = ({ model }: FitResult) =>
  [...model.graph.initializers].map(([name, { data }]) => [name, data]);

describe('fit', () => {
  it('keeps running averages, by hand, and returns them', async () => {
    const model = buildModel('1x1x5-F3b-2', { seed: 2 });
    const pixels = uniform([7, 1, 1, 5], 0, 1, 'pixels').data;
    const split = splitOf({ dims: [1, 1, 5], classes: 2, pixels, labels: new Uint8Array(7) });
    // Nothing is learned, and each batch is the whole set: three times the same statistics.
    const { model: after } = await train(model, split, {
      ...tinyPlan,
      batchSize: 7,
      epochs: 3,
      learningRate: 0,
    });
    const weight = model.graph.initializers.get('fc1.weight')!.data as Float32Array;
    for (let o = 0; o < 3; o++) {
      const values = Array.from({ length: 7 }, (_, n) =>
        [0, 1, 2, 3, 4].reduce((sum, i) => sum + weight[o * 5 + i]! * pixels[n * 5 + i]!, 0),
      );
      const mean = values.reduce((a, b) => a + b, 0) / 7;
      const unbiased = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 6;
      const kept = 0.9 ** 3;
      const running = (part: string) => Number(after.graph.initializers.get(`fc1.norm.${part}`)!.data[o]);
      expect(running('mean')).toBeCloseTo((1 - kept) * mean, 5);
      expect(running('variance')).toBeCloseTo(kept + (1 - kept) * unbiased, 5);
    }
    expect([...(model.graph.initializers.get('fc1.norm.mean')!.data as Float32Array)]).toEqual([0, 0, 0]);
  });

  it('learns, and the folded model is as good', async () => {
    const plan = { ...tinyPlan, epochs: 12, batchSize: 25, learningRate: 0.02 };
    const { model } = await train(buildModel('1x6x6-C4k3b-M-F8b-4', { seed: 1 }), quadrants(200), plan);
    const { images } = quadrants(300).batch([...Array(300).keys()]);
    const labels = quadrants(300).labels;
    const [a, b] = await Promise.all([model, foldBatchNorm(model)].map((m) => classifierOf(m)));
    const [unfolded, folded] = [await a!.logits(images), await b!.logits(images)];
    expect(largestDifference(folded.data, unfolded.data)).toBeLessThan(1e-4);
    const right = (await b!.predict(images)).filter((p, n) => p === labels[n]).length;
    // Inference by running averages: by the initial ones it would be far worse.
    expect(right / 300).toBeGreaterThan(0.7);
  });

  it('interrupted at any step and resumed is training in one go, statistics included', async () => {
    const split = quadrants(50);
    const model = () =>
      reshapeAll(buildModel('1x6x6-C3k3b-F8b-4', { seed: 1 }), parseReshaping('hash:1/2'), 1);
    const whole = await train(model(), split);
    for (const steps of [1, 7, 20]) {
      const store = new MemoryStore();
      const checkpoint = { store, key: 'k' };
      const controller = new AbortController();
      let done = 0;
      const onProgress = () => {
        done += 1;
        if (done === steps) controller.abort();
      };
      const stopped = train(model(), split, tinyPlan, { checkpoint, signal: controller.signal, onProgress });
      await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
      const found = decodeCheckpoint(store.bytes!, 'k')!;
      expect(found.header.statistics).toEqual(
        ['conv1', 'fc1'].flatMap((layer) => [`${layer}.norm.mean`, `${layer}.norm.variance`]),
      );
      expect(decodeCheckpoint(encodeCheckpoint(found), 'k')).toEqual(found);
      const resumed = await train(model(), split, tinyPlan, { checkpoint });
      expect(valuesOf(resumed)).toEqual(valuesOf(whole));
      expect(resumed.history).toEqual(whole.history);
    }
  });

  it('a checkpoint of a network without normalization holds what it held', async () => {
    const store = new MemoryStore();
    const signal = AbortSignal.abort();
    const stopped = train(buildModel('36-4'), quadrants(50), tinyPlan, {
      checkpoint: { store, key: 'k' },
      signal,
    });
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
    const { header, ...rest } = decodeCheckpoint(store.bytes!, 'k')!;
    expect(Object.keys(header)).toEqual(['key', 'step', 'history', 'running', 'parameters', 'slots']);
    expect(Object.keys(rest)).toEqual(['parameters', 'state']);
  });

  it.each([
    [1, 50],
    [8, 49],
    [49, 50],
  ])(
    'refuses batches of %i of %i images where features would be normalized by one of them',
    async (batchSize, count) => {
      const plan = { ...tinyPlan, epochs: 1, batchSize };
      const data = await dataOf('bad-value', () => train(buildModel('36-F3b-4'), quadrants(count), plan));
      expect(data).toMatchObject({ what: 'batch size', received: `${batchSize} for ${count} images` });
      expect(data.expected).toContain('fc1.norm');
      // Images have many values of each channel.
      await expect(train(buildModel('36-C2k3b-4'), quadrants(count), plan)).resolves.toBeDefined();
    },
  );
});
