import { describe, expect, it } from 'vitest';
import { attacks, sweep } from '../../../src/core/attacks/index.js';
import { Classifier } from '../../../src/core/models/classifier.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { argMax } from '../../../src/core/tensor/floats.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { float32, GraphBuilder } from '../../support/toolkit.js';

/** Two logits, each a function of the single pixel. */
async function classifierOf(write: (g: GraphBuilder, x: string) => string): Promise<Classifier> {
  const g = new GraphBuilder();
  const x = g.op('Flatten', [g.input('image', 'float32', ['N', 1, 1, 1])]);
  g.output(g.concat([x, write(g, x)], 1), 'logits');
  return new Classifier(g.build(), { runtime: await nodeRuntime(), source: 'broken.onnx' });
}

const images = float32([3, 1, 1, 1], [0, 0.5, 0]);
const objective = objectives['cross-entropy'];

describe('a model that computes NaN', () => {
  it('predicts no class where it does, and another where it does not', async () => {
    const classifier = await classifierOf((g, x) => g.div(x, x));
    expect(Array.from(await classifier.predict(images))).toEqual([-1, 1, -1]);
    const { gradient } = await classifier.gradient(images, objective);
    expect(gradient.data.every(Number.isFinite)).toBe(true);
    await classifier.release();
  });

  it('in its gradient alone has none there', async () => {
    // sqrt(x^2) is |x|: fine to compute, 0/0 to differentiate at 0.
    const classifier = await classifierOf((g, x) => g.sqrt(g.mul(x, x)));
    expect(Array.from(await classifier.predict(images))).toEqual([0, 0, 0]);
    const { gradient } = await classifier.gradient(images, objective);
    expect([gradient.data[0], gradient.data[2]]).toEqual([0, 0]);
    await classifier.release();
  });

  it.each<[string, number[], number]>([
    ['numbers', [1, 3, 2], 1],
    ['masked classes', [Number.NEGATIVE_INFINITY, 3, 2], 1],
    ['NaN', [Number.NaN, 3, 2], -1],
    ['NaN behind the largest', [1, 3, Number.NaN], -1],
    ['an overflow', [1, Number.POSITIVE_INFINITY, 2], -1],
    ['nothing', [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], -1],
  ])('of logits with %s', (_, logits, predicted) => {
    expect(Array.from(argMax(float32([1, 3], logits)))).toEqual([predicted]);
  });
});

describe('an attack on a model that computes NaN', () => {
  // The second logit is 0 / 0 below 0.2, and beats the first, 0.5, above 0.5.
  const model = (g: GraphBuilder) => {
    const x = g.op('Flatten', [g.input('image', 'float32', ['N', 1, 1, 1])]);
    const zero = g.op('Relu', [g.sub(x, 0.2)]);
    const broken = g.mul(x, g.div(zero, zero));
    g.output(g.concat([g.add(g.mul(x, 0), 0.5), broken], 1), 'logits');
    return g.build();
  };
  const pixels = float32([4, 1, 1, 1], [0.1, 0.3, 0.45, 0.9]);

  it.each([
    ['pgd', attacks.pgd],
    ['apgd', attacks.apgd],
    ['square', attacks.square],
    ['fgsm', attacks.fgsm],
    ['fab', attacks['fab-t']],
  ])('%s leaves what has no class and counts what loses it as fooled', async (_, attack) => {
    const classifier = new Classifier(model(new GraphBuilder()), { runtime: await nodeRuntime() });
    const budgets = [0.15];
    const labels = [0, 0, 0, 1];
    const options = { attack, classifier, objective: objectives.margin, images: pixels, labels, budgets };
    const { clean, predictions, points, cleanAccuracy } = await sweep(options);
    expect(Array.from(clean)).toEqual([-1, 0, 0, 1]);
    expect(cleanAccuracy).toMatchObject({ count: 3, total: 4 });
    expect(predictions[0]?.[0]).toBe(-1);
    // Only 0.45 reaches 0.5, and only 0.3 what is no number; 0.9 stays.
    expect(predictions[0]?.[2]).toBe(1);
    expect(predictions[0]?.[3]).toBe(1);
    expect(points[0]?.success.count).toBeLessThanOrEqual(2);
    await classifier.release();
  });
});
