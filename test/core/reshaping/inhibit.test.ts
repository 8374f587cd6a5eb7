import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { inhibitLayer, reshapeWeight, reshapings } from '../../../src/core/reshaping/index.js';
import { classifierOf, largestDifference, uniform, withValues } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { modelOf, numbers, run } from '../../support/run.js';
import { float32, GraphBuilder, type Model } from '../../support/toolkit.js';

const { hash, inhibit } = reshapings;
const images = uniform([4, 1, 6, 6], 0, 1, 'images');
const small = () => buildModel('1x6x6-C3k3-F10-4', { seed: 2 });
const logitsOf = async (model: Model) => (await (await classifierOf(model)).logits(images)).data;

async function inhibited(values: readonly number[], tau: number): Promise<number[]> {
  const g = new GraphBuilder();
  const theta = g.input('theta', 'float32', [values.length]);
  g.output(inhibit.emit(g, theta, { weight: 'w', dims: [values.length], seed: 0 }, { tau }), 'W');
  const { W } = await run(g.build(), { theta: float32([values.length], values) });
  return numbers(W!);
}

describe('inhibit', () => {
  it('enlarges magnitudes by tau and leaves zeros of either sign at zero', async () => {
    expect(await inhibited([1, -1, 0.25, -0.25, 0, -0], 0.5)).toEqual([
      1.5,
      -1.5,
      0.75,
      -0.75,
      0,
      expect.closeTo(0),
    ]);
  });

  it('does nothing with tau 0', async () => {
    expect(await inhibited([1, -2, 0.1, 0], 0)).toEqual([1, -2, Math.fround(0.1), 0]);
    expect(await logitsOf(inhibitLayer(small(), 0))).toEqual(await logitsOf(small()));
  });

  it('acts on the last fully connected layer unless told otherwise', async () => {
    const model = small();
    const last = model.graph.initializers.get('fc2.weight')!.data as Float32Array;
    const by = withValues(model, { 'fc2.weight': last.map((w) => w + 0.3 * Math.sign(w)) });
    expect(largestDifference(await logitsOf(inhibitLayer(model, 0.3)), await logitsOf(by))).toBeLessThan(
      1e-5,
    );
    const first = inhibitLayer(model, 0.3, 'fc1');
    expect(first.graph.initializers.has('fc1.weight/inhibit/theta')).toBe(true);
    expect(first.graph.initializers.has('fc2.weight')).toBe(true);
    // By the name of its weight, too.
    expect(await logitsOf(inhibitLayer(model, 0.3, 'fc1.weight'))).toEqual(await logitsOf(first));
  });

  it('has the same effect in bucket space and on the hashed weight', async () => {
    const hashed = reshapeWeight(small(), 'fc2.weight', hash, { rate: 1 / 3 }, 5);
    const after = await logitsOf(reshapeWeight(hashed, 'fc2.weight', inhibit, { tau: 0.4 }));
    const before = await logitsOf(reshapeWeight(hashed, 'fc2.weight/hash/theta', inhibit, { tau: 0.4 }));
    expect(after).toEqual(before);
    expect(largestDifference(after, await logitsOf(hashed))).toBeGreaterThan(0.1);
  });

  it('composes: twice tau is as good as both at once', async () => {
    const twice = inhibitLayer(inhibitLayer(small(), 0.25), 0.25);
    expect(largestDifference(await logitsOf(twice), await logitsOf(inhibitLayer(small(), 0.5)))).toBeLessThan(
      1e-5,
    );
    const thrice = inhibitLayer(twice, 0.5);
    expect(largestDifference(await logitsOf(thrice), await logitsOf(inhibitLayer(small(), 1)))).toBeLessThan(
      1e-5,
    );
  });

  it('has a gradient of one everywhere: nothing is multiplied', async () => {
    const model = inhibitLayer(small(), 0.3);
    // The input gradient changes through the larger weights alone, so materialized weights give the same.
    const last = small().graph.initializers.get('fc2.weight')!.data as Float32Array;
    const dense = withValues(small(), { 'fc2.weight': last.map((w) => w + Math.fround(0.3) * Math.sign(w)) });
    const { objectives } = await import('../../../src/core/models/objectives/index.js');
    const objective = objectives['cross-entropy'];
    const [a, b] = [await classifierOf(model), await classifierOf(dense)];
    const [x, y] = [await a.gradient(images, objective), await b.gradient(images, objective)];
    expect(largestDifference(x.gradient.data, y.gradient.data)).toBeLessThan(1e-6);
  });

  it('says which layers there are, and when there is none to inhibit', async () => {
    const data = await dataOf('unknown-name', () => inhibitLayer(small(), 0.1, 'fc3'));
    expect(data.known).toContain('fc1.weight');
    const convolutional = modelOf((g) => {
      const kernel = g.initializer('kernel', float32([2, 1, 6, 6], new Float32Array(72)));
      return g.op('Flatten', [g.op('Conv', [g.input('x', 'float32', ['N', 1, 6, 6]), kernel])], { axis: 1 });
    });
    const { problems } = await dataOf('not-a-classifier', () => inhibitLayer(convolutional, 0.1));
    expect(problems).toEqual([expect.stringMatching(/no fully connected layer/)]);
  });
});
