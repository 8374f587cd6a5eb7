import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import {
  classNamesOf,
  classOrder,
  isIdentity,
  withClassOrder,
} from '../../../src/core/models/class-order.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { classifierOf, uniform } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { modelOf } from '../../support/run.js';

const images = uniform([5, 1, 4, 4], 0, 1, 'images');
const order = [2, 0, 3, 1];

describe('a classifier with its classes in another order', () => {
  it('gives the same numbers there, and the same gradients', async () => {
    const model = buildModel('1x4x4-F6-4', { seed: 2 });
    const [before, after] = [await classifierOf(model), await classifierOf(withClassOrder(model, order))];
    const [plain, moved] = [await before.logits(images), await after.logits(images)];
    const wanted = plain.data.map((_, at) => plain.data[Math.floor(at / 4) * 4 + order[at % 4]!]!);
    expect(moved.data).toEqual(wanted);
    const objective = objectives.margin;
    const labels = [0, 1, 2, 3, 0];
    const { gradient } = await after.gradient(images, objective, labels);
    const own = await before.gradient(
      images,
      objective,
      labels.map((k) => order[k]!),
    );
    expect(gradient.data).toEqual(own.gradient.data);
    await before.release();
    await after.release();
  });

  it('is seen behind a softmax', async () => {
    const probabilities = modelOf((g) => {
      const x = g.op('Flatten', [g.input('x', 'float32', ['N', 1, 4, 4])]);
      return g.op('Softmax', [g.matmul(x, g.initializer('w', uniform([16, 4], -1, 1, 'w')))], { axis: 1 });
    });
    const before = await classifierOf(probabilities);
    // Of the model whose logits were found already.
    const after = await classifierOf(withClassOrder(before.model, order));
    const { data } = await before.logits(images);
    expect((await after.logits(images)).data).toEqual(
      data.map((_, at) => data[Math.floor(at / 4) * 4 + order[at % 4]!]!),
    );
    await before.release();
    await after.release();
  });
});

describe('the order of the classes', () => {
  it('has classes of the data first, in their order, then those that they do not have', () => {
    expect(classOrder([0, 1, 2], 3)).toEqual([0, 1, 2]);
    expect(classOrder([3, 0, 4], 5)).toEqual([3, 0, 4, 1, 2]);
    expect(classNamesOf([3, 0, 4, 1, 2], ['a', 'b', 'c'])).toEqual(['a', 'b', 'c', '1', '2']);
    expect(isIdentity([1, 2, 0])).toBe(false);
    expect(isIdentity([0, 1, 2])).toBe(true);
  });

  it.each([[[0, 0, 1]], [[0, 1, 3]], [[0, -1, 1]], [[0, 0.5, 1]]])('is refused for %j of 3', async (map) => {
    const { what, received } = await dataOf('data-mismatch', () => classOrder(map, 3, 'm.onnx'));
    expect(what).toBe('order of the classes of m.onnx');
    expect(received).toBe(map.join(', '));
  });
});
