import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { dependsOnBatch, probeBatch } from '../../../src/core/models/batch-probe.js';
import type { Classifier } from '../../../src/core/models/classifier.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { float32, rows } from '../../../src/core/tensor/tensor.js';
import { classifierOf, largestDifference, uniform } from '../../support/classifiers.js';
import { modelOf } from '../../support/run.js';
import type { GraphBuilder } from '../../support/toolkit.js';

const images = uniform([40, 1, 4, 4], 0, 1, 'images');
const weights = uniform([16, 3], -1, 1, 'weights');
const opened: Classifier[] = [];
afterAll(() => Promise.all(opened.map((classifier) => classifier.release())));

/** A linear classifier of what is made of the flattened image. */
const linear = (made: (g: GraphBuilder, x: string) => string, batch: number | string = 'N'): Model =>
  modelOf((g) => {
    const x = g.op('Flatten', [g.input('image', 'float32', [batch, 1, 4, 4])]);
    return g.matmul(made(g, x), g.initializer('w', weights));
  });

async function judgeOf(model: Model) {
  const classifier = await classifierOf(model);
  opened.push(classifier);
  return classifier.judge;
}

const batchMean = (g: GraphBuilder, x: string) => g.op('ReduceMean', [x, g.ints([0])]);
const vector = (g: GraphBuilder, name: string, value: number) =>
  g.initializer(name, float32([16], new Float32Array(16).fill(value)));

/** Twice the image where the batch has more than `size`. */
const conditional = (size: number) => (g: GraphBuilder, x: string) => {
  const count = g.op('Cast', [g.slice(g.op('Shape', [x]), [0], [0], [1])], { to: 1 });
  return g.where(g.op('Greater', [count, g.scalar(size)]), g.sub(1, x), x);
};

describe('a model whose answers do not depend on its batch', () => {
  it.each<[string, Model]>([
    ['a linear one', linear((_, x) => x)],
    ['a mean over the image', linear((g, x) => g.sub(x, g.op('ReduceMean', [x, g.ints([1])])))],
    ['large logits that hardly differ', linear((g, x) => g.add(g.mul(x, 1e-3), 1000))],
  ])('shows none: %s', async (_, model) => {
    const probe = await probeBatch(await judgeOf(model), images);
    expect(probe).toMatchObject({ sizes: [2, 3, 5, 8, 16, 32], refused: [] });
    expect(probe.predictions).toMatchObject({ count: 0, total: 32 });
    expect(dependsOnBatch(probe)).toBe(false);
  });
});

describe('a model whose answers depend on its batch', () => {
  it.each<[string, Model]>([
    ['a reduction over the images', linear((g, x) => g.sub(x, batchMean(g, x)))],
    [
      'normalization by the statistics of the batch',
      linear((g, x) => {
        const of = (name: string, value: number) => vector(g, name, value);
        const inputs = [x, of('scale', 1), of('bias', 0), of('mean', 0), of('variance', 1)];
        return g.ops('BatchNormalization', inputs, { training_mode: 1 }, { outputs: 3 })[0] ?? '';
      }),
    ],
    ['a softmax over the images', linear((g, x) => g.op('Softmax', [x], { axis: 0 }))],
    ['a scale of the whole batch', linear((g, x) => g.div(x, g.op('ReduceMax', [x], { keepdims: 0 })))],
    ['another answer to several images than to one', linear(conditional(1))],
    ['another answer to many', linear(conditional(20))],
  ])('is found: %s', async (_, model) => {
    const probe = await probeBatch(await judgeOf(model), images);
    expect(probe.logits.count).toBeGreaterThan(16);
    expect(dependsOnBatch(probe)).toBe(true);
  });

  it('is found by the classes that it gave in larger batches before', async () => {
    const judge = await judgeOf(linear(conditional(35)));
    const known = Array.from(
      (await judge.logits(images, 40)).data.reduce<number[][]>((all, value, i) => {
        if (i % 3 === 0) all.push([]);
        all.at(-1)?.push(value);
        return all;
      }, []),
      (row) => row.indexOf(Math.max(...row)),
    );
    expect((await probeBatch(judge, images)).predictions.count).toBe(0);
    expect((await probeBatch(judge, images, known)).predictions.count).toBeGreaterThan(4);
  });

  it('counts dynamic quantization, whose scales are those of the batch', async () => {
    const file = readFileSync('test/fixtures/quantized/mlp.dynamic.onnx');
    const judge = await judgeOf(decodeModel(file));
    const probe = await probeBatch(judge, uniform([16, ...judge.shape.dims], 0, 1, 'quantized'));
    expect(probe.logits.count).toBeGreaterThan(8);
    expect(probe.largest).toBeGreaterThan(1e-3);
    expect(probe.largest).toBeLessThan(0.5);
  });

  it('is run with no other batch than that which the engine takes', async () => {
    const model = linear((g, x) => g.op('Reshape', [x, g.ints([1, 16])]));
    const probe = await probeBatch(await judgeOf(model), images);
    expect(probe).toMatchObject({ sizes: [], refused: [2, 3, 5, 8, 16, 32] });
    expect(dependsOnBatch(probe)).toBe(true);
  });

  it('keeps the batch that its file fixes, and is compared with other neighbours in it', async () => {
    const judge = await judgeOf(linear((g, x) => g.sub(x, batchMean(g, x)), 4));
    expect(judge.engine).toMatchObject({ batchSize: 4, exact: true });
    const probe = await probeBatch(judge, images);
    expect(probe).toMatchObject({ sizes: [4], refused: [] });
    expect(probe.logits.count).toBe(32);
  });
});

describe('a deployed batch', () => {
  it('decides what a classifier answers, whatever it is asked about together', async () => {
    const model = linear((g, x) => g.sub(x, batchMean(g, x)));
    const classifier = await classifierOf(model, { deployedBatch: 2 });
    opened.push(classifier);
    const logits = await classifier.logits(images);
    const pair = await classifier.logits(rows(images, 4, 6));
    expect(largestDifference(rows(logits, 4, 6).data, pair.data)).toBe(0);
    expect(classifier.batchSize).toBe(128);
    // Alone it is beside itself: less its own mean, nothing is left.
    expect(Math.max(...(await classifier.logits(rows(images, 4, 5))).data.map(Math.abs))).toBe(0);
  });
});
