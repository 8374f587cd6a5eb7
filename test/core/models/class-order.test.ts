import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { withClassOrder } from '../../../src/core/models/class-order.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { classifierOf, uniform } from '../../support/classifiers.js';
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
    // As an audit does it: of the model whose logits were found already.
    const after = before.as(withClassOrder(before.model, order));
    const { data } = await before.logits(images);
    expect((await after.logits(images)).data).toEqual(
      data.map((_, at) => data[Math.floor(at / 4) * 4 + order[at % 4]!]!),
    );
    await before.release();
    await after.release();
  });
});
