import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { inspectModel } from '../../../src/core/models/model-summary.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import {
  parseReshaping,
  reshapeAll,
  reshapeWeight,
  weightLayers,
} from '../../../src/core/reshaping/index.js';
import { globalShares, keptPositions, prune } from '../../../src/core/reshaping/prune.js';
import { classifierOf, uniform } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { float32 } from '../../support/toolkit.js';

describe('pruning', () => {
  it('keeps the largest magnitudes, of equal ones the first', () => {
    const weight = float32([2, 4], [0.1, -3, 2, 0, 2, -2, 1, -0.5]);
    expect([...keptPositions(weight, 3)]).toEqual([1, 2, 4]);
    expect([...prune.initialize(weight, { share: 0.5, scope: 'layer', steps: 1 }).data]).toEqual([
      -3, 2, 2, -2,
    ]);
  });

  it('computes what the network with zeros in their place computes, from a smaller file', async () => {
    const model = buildModel('784-C8-F64-10', { seed: 3 });
    const pruned = reshapeAll(model, parseReshaping('prune:0.9'), 1);
    const initializers = new Map(model.graph.initializers);
    for (const { weight } of weightLayers(model)) {
      const value = initializers.get(weight);
      if (value?.dtype !== 'float32') throw new Error(`${weight} is not stored`);
      const dense = value as ReturnType<typeof float32>;
      const kept = new Set(keptPositions(dense, Math.round(dense.data.length * 0.1)));
      initializers.set(weight, { ...dense, data: dense.data.map((w, i) => (kept.has(i) ? w : 0)) });
    }
    const zeroed = { ...model, graph: { ...model.graph, initializers } };
    const images = uniform([4, 1, 28, 28], 0, 1, 'images');
    const [a, b] = [await classifierOf(pruned), await classifierOf(zeroed)];
    expect(await a.logits(images)).toEqual(await b.logits(images));
    // A tenth of the weights at four bytes, a bit for each, and the nodes that unpack them.
    expect(encodeModel(pruned).length / encodeModel(model).length).toBeLessThan(0.16);
    await a.release();
    await b.release();
  });

  it('removes the smallest of all weights together', () => {
    const weights = new Map([
      ['small', float32([4], [0.1, -0.2, 0.3, 4])],
      ['large', float32([6], [1, -2, 3, 4, 5, 6])],
    ]);
    // Half of ten weights: 0.1, 0.2, 0.3, 1 and 2.
    expect([...globalShares(weights, 0.5)]).toEqual([
      ['small', 0.75],
      ['large', 1 - 4 / 6],
    ]);
    // Of equal ones the first are kept, and nothing loses all its weights.
    expect([...globalShares(new Map([['w', float32([4], [1, 1, 1, 1])]]), 0.5)]).toEqual([['w', 0.5]]);
    expect(globalShares(weights, 0.9).get('small')).toBe(0.75);

    const model = buildModel('784-C8-F64-10', { seed: 3 });
    const stored = (text: string) =>
      inspectModel(reshapeAll(model, parseReshaping(text), 1)).layers.map(({ parameters }) => {
        return parameters.stored / parameters.virtual;
      });
    // He initialization has its largest weights where the fan-in is smallest.
    const [conv = 0, full = 1] = stored('prune:0.9,scope=global');
    expect(conv).toBeGreaterThan(2 * full);
    expect(stored('prune:0.9')[1]).toBeCloseTo(0.1 + 1 / 8, 2);
  });

  it('refuses a weight that the model computes', async () => {
    const hashed = reshapeAll(buildModel('16-F8-4'), parseReshaping('hash:1/2'), 1);
    const weight = weightLayers(hashed)[0]?.weight ?? '';
    const { expected } = await dataOf('bad-value', async () =>
      reshapeWeight(hashed, weight, prune, { share: 0.5, scope: 'layer', steps: 1 }),
    );
    expect(expected).toMatch(/a weight that the model stores/);
  });
});
