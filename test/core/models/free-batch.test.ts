import { describe, expect, it } from 'vitest';
import { classifierShape } from '../../../src/core/models/classifier-shape.js';
import { freeBatch } from '../../../src/core/models/free-batch.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { float32, rows, type Tensor } from '../../../src/core/tensor/tensor.js';
import { classifierOf, largestDifference, uniform } from '../../support/classifiers.js';
import { modelOf, numbers, run } from '../../support/run.js';
import type { GraphBuilder } from '../../support/toolkit.js';

const kernel = uniform([3, 1, 3, 3], -1, 1, 'kernel');
const weights = uniform([48, 4], -1, 1, 'weights');

/** A convolution, whatever flattens its [batch, 3, 4, 4], a matrix, whatever comes last. */
function network(
  batch: number,
  flatten: (g: GraphBuilder, features: string) => string,
  end = (_: GraphBuilder, logits: string) => logits,
): Model {
  const model = modelOf((g) => {
    const image = g.input('image', 'float32', [batch, 1, 6, 6]);
    const features = g.op('Relu', [g.op('Conv', [image, g.initializer('k', kernel)])]);
    return end(g, g.matmul(flatten(g, features), g.initializer('w', weights)));
  });
  // As exporters write it: the shape of the output is declared, with the batch size in it.
  const outputs = model.graph.outputs.map(({ name }) => ({
    name,
    type: { dtype: 'float32' as const, dims: [batch, 4] },
  }));
  return decodeModel(encodeModel({ ...model, graph: { ...model.graph, outputs } }));
}

const reshape =
  (...shape: number[]) =>
  (g: GraphBuilder, x: string) =>
    g.op('Reshape', [x, g.ints(shape)]);
const flatten = (g: GraphBuilder, x: string) => g.op('Flatten', [x], { axis: 1 });
const images = uniform([3, 1, 6, 6], 0, 1, 'images');

const repeated = ({ dims, data }: Tensor<'float32'>) => float32([2, ...dims.slice(1)], [...data, ...data]);

describe('a fixed batch dimension', () => {
  it.each<[string, number, Model]>([
    ['Flatten', 1, network(1, flatten)],
    ['a constant reshape', 1, network(1, reshape(1, 48))],
    ['a reshape to what is left', 1, network(1, reshape(1, -1))],
    ['a reshape to the same batch', 2, network(2, reshape(0, 48))],
    ['a free reshape', 3, network(3, reshape(-1, 48))],
    ['a batch of two', 2, network(2, reshape(2, -1))],
    ['reshapes one after the other', 1, network(1, (g, x) => reshape(1, 48)(g, reshape(1, 6, 8)(g, x)))],
    [
      'a shape that is computed',
      1,
      network(1, (g, x) => {
        const first = g.slice(g.op('Shape', [x]), [0], [0], [1]);
        return g.op('Reshape', [x, g.concat([first, g.ints([-1])], 0)]);
      }),
    ],
    [
      'reshapes that join the batch with an axis and part them again',
      1,
      network(1, (g, x) => reshape(1, 48)(g, reshape(3, 16)(g, x))),
    ],
    [
      'a class token',
      1,
      network(1, (g, x) => {
        const rows = g.slice(reshape(1, 3, 16)(g, x), [1], [0], [2]);
        return reshape(1, 48)(g, g.concat([g.initializer('token', uniform([1, 1, 16], 0, 1)), rows], 1));
      }),
    ],
    ['Softmax at the end', 1, network(1, flatten, (g, z) => g.op('Softmax', [z], { axis: 1 }))],
  ])('is freed: %s', async (_, batch, model) => {
    expect(classifierShape(model)).toMatchObject({ fixedBatch: batch, dims: [1, 6, 6], classes: 4 });
    const classifier = await classifierOf(model);
    const logits = await classifier.logits(images);
    const objective = objectives['cross-entropy'];
    const { gradient } = await classifier.gradient(images, objective);
    for (let n = 0; n < 3; n++) {
      const image = rows(images, n, n + 1);
      expect(
        largestDifference((await classifier.logits(image)).data, rows(logits, n, n + 1).data),
      ).toBeLessThan(1e-5);
      const alone = await classifier.gradient(image, objective);
      expect(largestDifference(alone.gradient.data, rows(gradient, n, n + 1).data)).toBeLessThan(1e-5);
    }
    if (classifier.shape.head === 'logits') {
      const fed = rows(images, 0, batch);
      const [wanted] = Object.values(await run(model, { image: fed }));
      expect(largestDifference(rows(logits, 0, batch).data, numbers(wanted!))).toBeLessThan(1e-5);
    }
    await classifier.release();
  });

  it.each<[string, string, Model]>([
    ['a reshape that loses it', 'MatMul', network(1, (g, x) => g.unsqueeze(reshape(48)(g, x), [0]))],
    [
      'reshapes that let images alternate',
      'MatMul',
      network(1, (g, x) => {
        const rows = g.transpose(reshape(1, 3, 16)(g, x), [1, 0, 2]);
        return reshape(1, 48)(g, reshape(-1, 16)(g, rows));
      }),
    ],
    [
      'images that are joined, and the halves of the result as features',
      'Concat',
      network(1, (g, x) => {
        const half = reshape(1, 24)(g, g.slice(g.op('Flatten', [x]), [1], [0], [24]));
        return reshape(1, 48)(g, g.concat([half, half], 0));
      }),
    ],
    [
      'images as steps of a sequence',
      'RNN',
      network(1, (g, x) => {
        const weights = [uniform([1, 48, 48], 0, 1, 'w'), uniform([1, 48, 48], 0, 1, 'r')] as const;
        const steps = g.op('Reshape', [x, g.ints([-1, 1, 48])]);
        const [w = '', r = ''] = weights.map((value, i) => g.initializer(`rnn${i}`, value));
        return g.op('Reshape', [g.op('RNN', [steps, w, r], { hidden_size: 48 }), g.ints([-1, 48])]);
      }),
    ],
    ['a squeeze', 'Squeeze', network(1, (g, x) => reshape(1, 48)(g, g.squeeze(x, [0])))],
    ['a gather', 'Gather', network(1, (g, x) => reshape(1, 48)(g, g.gather(x, g.scalar(0, 'int64'))))],
    ['a softmax across images', 'Softmax', network(2, flatten, (g, z) => g.op('Softmax', [z], { axis: 0 }))],
    [
      'a mean across images',
      'ReduceMean',
      network(1, flatten, (g, z) => g.op('ReduceMean', [z, g.ints([0])])),
    ],
    [
      'a constant for each place in the batch',
      'Add',
      network(2, flatten, (g, z) => g.add(z, g.initializer('position', uniform([2, 4], 0, 1)))),
    ],
    [
      'an operator without known shapes',
      'Fancy',
      network(1, (g, x) => {
        const values = g.op('Fancy', [flatten(g, x)], {}, { domain: 'com.example' });
        return g.op('Reshape', [values, g.ints([1, 48])]);
      }),
    ],
  ])('is kept for %s', async (_, op, model) => {
    const batch = Number(model.graph.inputs[0]?.type?.dims?.[0]);
    expect(classifierShape(model)).toMatchObject({ fixedBatch: batch, onlyBatch: batch });
    expect(freeBatch(model).held).toContain(op);
    if (op === 'Fancy') return;
    const classifier = await classifierOf(model);
    const logits = await classifier.logits(images);
    // The third image fills a batch of two alone.
    const fed = [rows(images, 0, batch), batch === 1 ? rows(images, 2, 3) : repeated(rows(images, 2, 3))];
    for (const [first, image] of [[0, fed[0]] as const, [2, fed[1]] as const]) {
      const [wanted] = Object.values(await run(model, { image: image ?? images }));
      const count = first === 0 ? batch : 1;
      const got = rows(logits, first, first + count).data;
      expect(largestDifference(got, numbers(wanted!).slice(0, 4 * count))).toBe(0);
    }
    const { gradient } = await classifier.gradient(images, objectives.margin, [0, 1, 2]);
    expect(gradient.dims).toEqual([3, 1, 6, 6]);
    await classifier.release();
  });
});
