import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { hardTargets, softCrossEntropy, softened } from '../../../src/core/training/distillation.js';
import { trainableParameters, trainingGraph } from '../../../src/core/training/training-graph.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { classifierOf, largestDifference, normal, uniform } from '../../support/classifiers.js';
import { modelOf, numbers, run } from '../../support/run.js';
import { float32, GraphBuilder, int64, type Tensor, vjp } from '../../support/toolkit.js';
import { quadrants, tinyPlan, train } from '../../support/training.js';

const rowsOf = ({ dims, data }: Tensor<'float32'>): number[][] =>
  Array.from({ length: dims[0]! }, (_, n) => [...data.subarray(n * dims[1]!, (n + 1) * dims[1]!)]);

/** Softmax at a temperature, in double precision. */
function softmax(z: readonly number[], temperature: number): number[] {
  const top = Math.max(...z);
  const powers = z.map((v) => Math.exp((v - top) / temperature));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / total);
}

const lossOf = (z: readonly number[], p: readonly number[], temperature: number): number =>
  -softmax(z, temperature).reduce((sum, q, k) => sum + p[k]! * Math.log(q), 0);

const CLASSES = 5;
const logits = { ...normal([20, CLASSES], 'z') };
logits.data = logits.data.map((v, i) => v * [1, 10, 100][Math.floor(i / CLASSES) % 3]!);
const targets = float32(
  [20, CLASSES],
  rowsOf(normal([20, CLASSES], 'p')).flatMap((z) => softmax(z, 0.5)),
);

describe.each([1, 20, 100])('soft cross-entropy at temperature %i', (temperature) => {
  const graph = modelOf((g) => {
    const [z, p] = [g.input('z', 'float32', ['N', CLASSES]), g.input('p', 'float32', ['N', CLASSES])];
    return softCrossEntropy(g, z, p, temperature);
  });
  const output = graph.graph.outputs[0]!.name;

  it('has the value of its definition', async () => {
    const losses = numbers((await run(graph, { z: logits, p: targets }))[output]!);
    expect(losses).toHaveLength(20);
    rowsOf(logits).forEach((z, n) => {
      const wanted = lossOf(z, rowsOf(targets)[n]!, temperature);
      expect(Math.abs(losses[n]! - wanted)).toBeLessThan(1e-5 * Math.max(1, wanted));
    });
  });

  it('has the gradient that finite differences show, (softmax(z / T) - p) / T', async () => {
    const g = new GraphBuilder(graph);
    const [gradient] = vjp(g, { [output]: g.input('ones', 'float32', ['N']) }, ['z']);
    g.clearOutputs();
    g.output(gradient!, 'gradient');
    const ones = float32([20], Array(20).fill(1));
    const got = numbers((await run(g.build(), { z: logits, p: targets, ones })).gradient!);
    rowsOf(logits).forEach((z, n) => {
      const p = rowsOf(targets)[n]!;
      for (let k = 0; k < CLASSES; k++) {
        const at = (step: number) => lossOf(z.with(k, z[k]! + step), p, temperature);
        const h = 1e-3 * temperature;
        const slope = (at(h) - at(-h)) / (2 * h);
        const value = got[n * CLASSES + k]!;
        expect(Math.abs(value - slope) * temperature).toBeLessThan(1e-5);
        expect(Math.abs(value * temperature - (softmax(z, temperature)[k]! - p[k]!))).toBeLessThan(1e-6);
      }
    });
  });
});

it('hard targets are ones at the labels', () => {
  expect(hardTargets([2n, 0n], 3)).toEqual(float32([2, 3], [0, 0, 1, 1, 0, 0]));
});

describe('softened', () => {
  it('puts out the softmax of the logits at the temperature', async () => {
    const model = buildModel('1x6x6-F8-4');
    const images = uniform([4, 1, 6, 6], 0, 1);
    const classifier = await classifierOf(model);
    const plain = rowsOf(await classifier.logits(images));
    await classifier.release();
    const soft = softened(model, 20);
    const result = numbers(
      (await run(soft, { [soft.graph.inputs[0]!.name]: images }))[soft.graph.outputs[0]!.name]!,
    );
    expect(
      largestDifference(
        result,
        plain.flatMap((z) => softmax(z, 20)),
      ),
    ).toBeLessThan(1e-6);
  });
});

describe('training step of a distillation', () => {
  const model = buildModel('1x4x4-C2k3-F5-3', { seed: 8 });
  const step = trainingGraph(model, objectives['cross-entropy'], 10);
  const parameters = trainableParameters(model);
  const images = uniform([6, 1, 4, 4], 0, 1, 'images');
  const soft = float32(
    [6, 3],
    rowsOf(normal([6, 3], 'soft')).flatMap((z) => softmax(z, 1)),
  );
  const feeds = {
    [step.image]: images,
    [step.label]: int64([6], [0, 1, 2, 0, 1, 2]),
    [step.targets!]: soft,
    ...Object.fromEntries(parameters),
  };

  it('has the mean loss of its batch, and counts by the labels', async () => {
    const results = await run(step.model, feeds);
    const classifier = await classifierOf(model);
    const z = rowsOf(await classifier.logits(images));
    const predicted = await classifier.predict(images);
    await classifier.release();
    const losses = z.map((row, n) => lossOf(row, rowsOf(soft)[n]!, 10));
    expect(numbers(results[step.loss]!)[0]).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / 6, 5);
    expect(numbers(results[step.correct]!)[0]).toBe(
      [0, 1, 2, 0, 1, 2].filter((y, n) => predicted[n] === y).length,
    );
  });

  it('has the gradients that finite differences show', async () => {
    const results = await run(step.model, feeds);
    const session = await (await nodeRuntime()).createSession(step.model, { threads: 1 });
    const lossWith = async (more: Record<string, Tensor>) =>
      numbers((await session.run({ ...feeds, ...more }, [step.loss]))[step.loss]!)[0]!;
    const value = parameters.get('fc2.weight')!;
    const gradient = numbers(results[step.gradients.get('fc2.weight')!]!);
    expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(1e-3);
    for (let i = 0; i < value.data.length; i++) {
      const moved = (by: number) =>
        lossWith({ 'fc2.weight': { ...value, data: value.data.with(i, value.data[i]! + by) } });
      expect(Math.abs(gradient[i]! - ((await moved(0.05)) - (await moved(-0.05))) / 0.1)).toBeLessThan(1e-4);
    }
    await session.release();
  });
});

describe('distillation', () => {
  const split = quadrants(200);
  const all = split.batch([...Array(split.count).keys()]);
  const plan = { ...tinyPlan, epochs: 60, batchSize: 20, learningRate: 0.05 };

  async function judged(model: Model) {
    const classifier = await classifierOf(model);
    const logits = rowsOf(await classifier.logits(all.images));
    const predicted = await classifier.predict(all.images);
    await classifier.release();
    const scale = logits.reduce((sum, z) => sum + Math.max(...z) - Math.min(...z), 0) / logits.length;
    const correct = predicted.filter((p, n) => p === Number(all.labels.data[n])).length;
    return { scale, accuracy: correct / split.count, logits };
  }

  it(
    'trains a network as accurate as another, whose logits are as many times larger as the ' +
      'temperature says',
    async () => {
      const model = buildModel('1x6x6-F16-4', { seed: 3 });
      const [plain, hot] = [
        await train(model, split, plan),
        await train(model, split, { ...plan, distillation: 20 }),
      ];
      const [usual, distilled] = [await judged(plain.model), await judged(hot.model)];
      expect(distilled.accuracy).toBeGreaterThan(0.95);
      expect(Math.abs(distilled.accuracy - usual.accuracy)).toBeLessThan(0.05);
      expect(distilled.scale / usual.scale).toBeGreaterThan(8);
      expect(hot.images).toBe(2 * plain.images);
      expect(hot.history.at(-1)!.images).toBe(hot.images);
      expect(hot.model.metadata.get('foolproof.distillation')).toBe('20');
    },
  );

  it('teaches the student what the teacher says and not the labels', async () => {
    // The teacher never saw class 3; a student of the labels would know it.
    const model = buildModel('1x6x6-4', { seed: 3 });
    const blind = { ...split, batch: (i: ArrayLike<number>) => withoutLast(split.batch(i)) };
    let batches = 0;
    const halfway = (plan.epochs * split.count) / plan.batchSize;
    const switching = {
      ...split,
      batch: (i: ArrayLike<number>) => (batches++ < halfway ? blind.batch(i) : split.batch(i)),
    };
    const { model: student } = await train(model, switching, { ...plan, distillation: 5 });
    expect(batches).toBe(2 * halfway);
    const { logits } = await judged(student);
    expect(logits.filter((z) => z.indexOf(Math.max(...z)) === 3).length).toBeLessThan(5);
  });
});

/** Images of class 3 with the label 0. */
function withoutLast({ images, labels }: { images: Tensor<'float32'>; labels: Tensor<'int64'> }) {
  return { images, labels: { ...labels, data: labels.data.map((y) => (y === 3n ? 0n : y)) } };
}
