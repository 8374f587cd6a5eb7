import { describe, expect, it } from 'vitest';
import { asClassifier, classifierShape } from '../../../../src/core/models/classifier-shape.js';
import { objectives } from '../../../../src/core/models/objectives/index.js';
import { classifierOf, largestDifference, uniform } from '../../../support/classifiers.js';
import { modelOf, numbers } from '../../../support/run.js';
import type { Dim, GraphBuilder, Model } from '../../../support/toolkit.js';

const images = uniform([4, 6], 0, 1, 'images');

/** A linear network of `count` numbers with whatever `end` makes of them. */
const network = (count: number, end: (g: GraphBuilder, z: string) => string, batch: Dim = 'N') =>
  modelOf((g) => {
    const weight = g.initializer('w', uniform([6, count], -4, 4, 'weights'));
    return end(g, g.matmul(g.input('x', 'float32', [batch, 6]), weight));
  });

const logitsOf = async (model: Model) => {
  const classifier = await classifierOf(model);
  const { logits, gradient } = await classifier.gradient(images, objectives['cross-entropy']);
  const judged = await classifier.logits(images);
  expect(largestDifference(judged.data, logits.data)).toBeLessThan(1e-5);
  return { logits: judged, gradient, shape: classifier.shape };
};

const plain = network(3, (_, z) => z);

describe('scores in another shape', () => {
  it.each<[string, (g: GraphBuilder, z: string) => string, Dim]>([
    ['[N, C, 1, 1]', (g, z) => g.unsqueeze(z, [2, 3]), 'N'],
    ['[N, 1, C]', (g, z) => g.unsqueeze(z, [1]), 'N'],
    ['[N, 1, 1, C]', (g, z) => g.unsqueeze(z, [1, 2]), 'N'],
    ['[1, C, 1, 1] of a fixed batch', (g, z) => g.unsqueeze(z, [2, 3]), 1],
    ['[1, 1, C] of a fixed batch', (g, z) => g.unsqueeze(z, [1]), 1],
    ['[C] of the one image', (g, z) => g.squeeze(z, [0]), 1],
    ['[N, 1, C] behind a softmax', (g, z) => g.op('Softmax', [g.unsqueeze(z, [1])], { axis: 2 }), 'N'],
  ])('%s are logits', async (_, end, batch) => {
    const [given, wanted] = [await logitsOf(network(3, end, batch)), await logitsOf(plain)];
    expect(given.logits.dims).toEqual([4, 3]);
    expect(largestDifference(given.logits.data, wanted.logits.data)).toBeLessThan(1e-5);
    expect(largestDifference(given.gradient.data, wanted.gradient.data)).toBeLessThan(1e-5);
  });
});

describe('one number for two classes', () => {
  const ends: Readonly<Record<string, (g: GraphBuilder, z: string) => string>> = {
    'a logit [N, 1]': (_, z) => z,
    'a logit [N]': (g, z) => g.squeeze(z, [1]),
    'a logit [N, 1, 1, 1]': (g, z) => g.unsqueeze(z, [2, 3]),
    'a sigmoid [N, 1]': (g, z) => g.op('Sigmoid', [z]),
    'a sigmoid [N]': (g, z) => g.squeeze(g.op('Sigmoid', [z]), [1]),
    'a sigmoid of [N]': (g, z) => g.op('Sigmoid', [g.squeeze(z, [1])]),
  };
  it.each(Object.keys(ends))('%s is [0, z]', async (name) => {
    const { logits, shape } = await logitsOf(network(1, ends[name] ?? ((_, z) => z)));
    expect(shape).toMatchObject({
      classes: 2,
      single: true,
      head: name.split(' ')[1]?.replace('logit', 'logits'),
    });
    const z = await zOf();
    expect(logits.dims).toEqual([4, 2]);
    expect(numbers(logits).filter((_, i) => i % 2 === 0)).toEqual([0, 0, 0, 0]);
    expect(
      largestDifference(
        numbers(logits).filter((_, i) => i % 2 === 1),
        z,
      ),
    ).toBeLessThan(1e-6);
  });

  /** The logit itself. */
  async function zOf(): Promise<number[]> {
    const two = await classifierOf(network(1, (g, z) => g.concat([z, z], 1)));
    return numbers(await two.logits(images)).filter((_, i) => i % 2 === 0);
  }

  it.each<[string, boolean]>([
    ['[1 - p, p]', false],
    ['[p, 1 - p]', true],
  ])('as %s has its sigmoid taken off', async (_, isFirst) => {
    const pair = network(1, (g, z) => {
      const p = g.op('Sigmoid', [z]);
      const rest = g.sub(1, p);
      return g.concat(isFirst ? [p, rest] : [rest, p], 1);
    });
    const { logits, shape } = await logitsOf(pair);
    expect(shape).toMatchObject({ classes: 2, single: false, head: 'sigmoid' });
    const z = await zOf();
    const wanted = z.flatMap((value) => (isFirst ? [value, 0] : [0, value]));
    expect(largestDifference(numbers(logits), wanted)).toBeLessThan(1e-6);
  });

  it('is no softmax over its only class', () => {
    const shape = classifierShape(network(1, (g, z) => g.op('Softmax', [z], { axis: 1 })));
    expect(shape).toMatchObject({ single: true, head: 'logits' });
  });
});

describe('probabilities that cannot be taken off', () => {
  it('are asked by their logarithms, a probability of 0 too', async () => {
    const mean = network(3, (g, z) => {
      const [a, b] = [g.op('Softmax', [z]), g.op('Softmax', [g.mul(z, 2)])];
      return g.mul(g.add(a, b), 0.5);
    });
    const [bare, shape] = [await classifierOf(mean), classifierShape(mean, 'm', { probabilities: true })];
    expect(shape.head).toBe('probabilities');
    const { model } = asClassifier(mean, 'm', { probabilities: true });
    const logged = await classifierOf(model);
    const p = numbers(await bare.logits(images));
    expect(largestDifference(numbers(await logged.logits(images)), p.map(Math.log))).toBeLessThan(1e-5);
    const zero = network(2, (g, z) => g.mul(z, 0));
    const none = await classifierOf(asClassifier(zero, 'm', { probabilities: true }).model);
    expect(numbers(await none.logits(images)).every(Number.isFinite)).toBe(true);
  });

  it('of one number for two classes become the logit of both', async () => {
    const clipped = network(1, (g, z) => g.clip(g.op('Sigmoid', [z]), 0.01, 0.99));
    const { model, shape } = asClassifier(clipped, 'm', { probabilities: true });
    expect(shape).toMatchObject({ single: true, head: 'probabilities', classes: 2 });
    const z = numbers(await (await classifierOf(model)).logits(images));
    const p = numbers(await (await classifierOf(clipped)).logits(images)).filter((_, i) => i % 2 === 1);
    expect(
      largestDifference(
        z,
        p.flatMap((value) => [0, Math.log(value) - Math.log(1 - value)]),
      ),
    ).toBeLessThan(1e-4);
  });
});
