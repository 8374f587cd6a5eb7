import { describe, expect, it } from 'vitest';
import { classifierShape } from '../../../src/core/models/classifier-shape.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { rows } from '../../../src/core/tensor/tensor.js';
import { classifierOf, largestDifference, uniform } from '../../support/classifiers.js';
import { modelOf, numbers, run } from '../../support/run.js';
import { float32, type GraphBuilder } from '../../support/toolkit.js';

const weights = uniform([6, 3], -4, 4, 'weights');
const images = uniform([5, 6], 0, 1, 'images');

/** Three classes of six numbers, with whatever `end` makes of the logits [N, 3]. */
const network = (end: (g: GraphBuilder, logits: string) => string) =>
  modelOf((g) => end(g, g.matmul(g.input('x', 'float32', ['N', 6]), g.initializer('w', weights))));
const plain = network((_, z) => z);

describe('the head of a classifier', () => {
  it.each<[string, string, (g: GraphBuilder, z: string) => string]>([
    ['softmax', 'Softmax', (g, z) => g.op('Softmax', [z], { axis: 1 })],
    ['softmax', 'Softmax of the last axis', (g, z) => g.op('Softmax', [z])],
    ['log-softmax', 'LogSoftmax', (g, z) => g.op('LogSoftmax', [z], { axis: -1 })],
    ['softmax', 'Softmax and Identity', (g, z) => g.op('Identity', [g.op('Softmax', [z])])],
    [
      'softmax',
      'Softmax of feature maps',
      (g, z) => g.op('Flatten', [g.op('Softmax', [g.unsqueeze(z, [2, 3])], { axis: 1 })]),
    ],
    ['sigmoid', 'a Sigmoid of each class', (g, z) => g.op('Sigmoid', [z])],
    [
      'softmax',
      'Softmax in double precision',
      (g, z) => g.cast(g.op('Softmax', [g.cast(z, 'float64')]), 'float32'),
    ],
  ])('is %s for %s: its input is the logits', async (head, _, end) => {
    const model = network(end);
    expect(classifierShape(model).head).toBe(head);
    const [classifier, reference] = [await classifierOf(model), await classifierOf(plain)];
    const [logits, wanted] = [await classifier.logits(images), await reference.logits(images)];
    expect(largestDifference(logits.data, wanted.data)).toBeLessThan(1e-6);
    for (const objective of Object.values(objectives)) {
      const [a, b] = [
        await classifier.gradient(images, objective),
        await reference.gradient(images, objective),
      ];
      expect(largestDifference(a.loss, b.loss)).toBeLessThan(1e-5);
      expect(largestDifference(a.gradient.data, b.gradient.data)).toBeLessThan(1e-5);
    }
    // What the file itself says of the classes stays.
    const values = numbers(Object.values(await run(model, { x: images }))[0]!);
    const best = (row: number) => {
      const part = values.slice(row * 3, row * 3 + 3);
      return part.indexOf(Math.max(...part));
    };
    expect([...(await classifier.predict(images))]).toEqual([0, 1, 2, 3, 4].map(best));
    await classifier.release();
    await reference.release();
  });

  it.each<[string, (g: GraphBuilder, z: string) => string]>([
    ['logits', (_, z) => z],
    ['a softmax over the batch', (g, z) => g.op('Softmax', [z], { axis: 0 })],
    ['a softmax that is scaled', (g, z) => g.mul(g.op('Softmax', [z]), 2)],
    ['a softmax of parts', (g, z) => g.op('Flatten', [g.op('Softmax', [g.unsqueeze(z, [1])], { axis: 1 })])],
    ['a softmax in the middle', (g, z) => g.op('Relu', [g.op('Softmax', [z])])],
  ])('stays as it is for %s', async (_, end) => {
    const model = network(end);
    expect(classifierShape(model).head).toBe('logits');
    const classifier = await classifierOf(model);
    const logits = await classifier.logits(rows(images, 0, 2));
    const [value] = Object.values(await run(model, { x: rows(images, 0, 2) }));
    expect(largestDifference(logits.data, numbers(value!))).toBeLessThan(1e-6);
    await classifier.release();
  });

  it('gives a confident model its gradient back', async () => {
    const sure = modelOf((g) => {
      const z = g.matmul(
        g.input('x', 'float32', ['N', 2]),
        g.initializer('w', float32([2, 2], [30, -30, 0, 0])),
      );
      return g.op('Softmax', [z]);
    });
    const classifier = await classifierOf(sure);
    const { loss, gradient } = await classifier.gradient(
      float32([1, 2], [0.5, 0]),
      objectives['cross-entropy'],
    );
    // A margin of 30: the loss is about exp(-30), not the log(1 + 1/e) of a softmax of [1, 0].
    expect(loss[0]).toBeLessThan(1e-6);
    expect(gradient.data[0]).toBeLessThan(0);
    await classifier.release();
  });
});
