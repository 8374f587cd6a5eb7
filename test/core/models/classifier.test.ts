import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { Classifier } from '../../../src/core/models/classifier.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import type { Runtime } from '../../../src/core/runtime/runtime.js';
import { rows } from '../../../src/core/tensor/tensor.js';
import { classifierOf, largestDifference, uniform } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { behindRefused, REFUSED } from '../../support/refused.js';
import { modelOf } from '../../support/run.js';
import { float32, type GraphBuilder } from '../../support/toolkit.js';

const objective = objectives['cross-entropy'];
const small = () => buildModel('1x8x8-C3k3-F9-4', { seed: 4 });
const images = uniform([7, 1, 8, 8], 0, 1, 'images');

describe('batches', () => {
  it.each([1, 2, 3, 7, 128])('of %i give what single images give', async (batchSize) => {
    const classifier = await classifierOf(small(), { batchSize });
    const [logits, result] = [await classifier.logits(images), await classifier.gradient(images, objective)];
    expect(logits.dims).toEqual([7, 4]);
    expect(result.gradient.dims).toEqual(images.dims);
    for (let n = 0; n < 7; n++) {
      const one = rows(images, n, n + 1);
      const alone = await classifier.gradient(one, objective);
      expect(
        largestDifference((await classifier.logits(one)).data, rows(logits, n, n + 1).data),
      ).toBeLessThan(1e-5);
      expect(largestDifference(alone.gradient.data, rows(result.gradient, n, n + 1).data)).toBeLessThan(1e-6);
      expect(Math.abs(alone.loss[0]! - result.loss[n]!)).toBeLessThan(1e-5);
    }
    await classifier.release();
  });

  it('hands labels to the images they belong to, across batches', async () => {
    const classifier = await classifierOf(small(), { batchSize: 2 });
    const labels = [0, 1, 2, 3, 0, 1, 2];
    const { loss, logits } = await classifier.gradient(images, objective, labels);
    labels.forEach((label, n) => {
      const row = rows(logits, n, n + 1).data;
      const wanted = Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0)) - row[label]!;
      expect(loss[n]).toBeCloseTo(wanted, 4);
    });
    await classifier.release();
  });

  it('of no images are no work', async () => {
    const classifier = await classifierOf(small());
    const none = float32([0, 1, 8, 8], []);
    expect((await classifier.logits(none)).dims).toEqual([0, 4]);
    expect((await classifier.gradient(none, objective)).gradient.dims).toEqual([0, 1, 8, 8]);
    expect(classifier.queries).toEqual({ forward: 0, gradient: 0 });
    await classifier.release();
  });
});

describe('objectives', () => {
  it('of one name are told apart', async () => {
    const classifier = await classifierOf(small());
    const doubled = {
      ...objective,
      emit: (g: GraphBuilder, z: string, y: string) => g.mul(objective.emit(g, z, y), 2),
    };
    const [one, two] = [
      await classifier.gradient(images, objective),
      await classifier.gradient(images, doubled),
    ];
    one.loss.forEach((loss, n) => {
      expect(two.loss[n]).toBeCloseTo(2 * loss, 5);
    });
    await classifier.release();
  });
});

describe('queries', () => {
  it('are counted in images, forward passes and gradients apart', async () => {
    const classifier = await classifierOf(small(), { batchSize: 3 });
    await classifier.logits(images);
    await classifier.predict(rows(images, 0, 2));
    expect(classifier.queries).toEqual({ forward: 9, gradient: 0 });
    await classifier.gradient(images, objective);
    expect(classifier.queries).toEqual({ forward: 9, gradient: 7 });
    await classifier.release();
  });
});

describe('what does not fit', () => {
  it('images of another size', async () => {
    const classifier = await classifierOf(small(), { source: 'small.onnx' });
    for (const action of [
      classifier.logits(uniform([2, 1, 7, 8], 0, 1)),
      classifier.gradient(uniform([2, 3, 8, 8], 0, 1), objective),
    ]) {
      const data = await dataOf('data-mismatch', () => action);
      expect(data).toMatchObject({ what: 'small.onnx', expected: 'images of [1,8,8]' });
    }
    expect(classifier.queries).toEqual({ forward: 0, gradient: 0 });
    // The same numbers in another arrangement are welcome.
    const flat = { ...images, dims: [7, 64] };
    expect((await classifier.logits(flat)).data).toEqual((await classifier.logits(images)).data);
    expect((await classifier.gradient(flat, objective)).gradient.dims).toEqual([7, 64]);
    await classifier.release();
  });

  it.each([
    [[0, 1]],
    [[0, 1, 2, 3, 4, 0, 0]],
    [[0, 1, 2, 3, -2, 0, 0]],
    [[0, 1, 2, 3, 0.5, 0, 0]],
    [Array(8).fill(0)],
  ])('labels %j', async (labels) => {
    const classifier = await classifierOf(small());
    const data = await dataOf('data-mismatch', () => classifier.gradient(images, objective, labels));
    expect(data.expected).toBe('7 labels from 0 to 3');
    await classifier.release();
  });

  it('operators without a gradient, all at once; forward passes do not mind them', async () => {
    const model = modelOf((g) => g.op('Relu', [g.input('x', 'float32', ['N', 4])]));
    const classifier = await classifierOf(behindRefused(model));
    const x = uniform([2, 4], 0, 1);
    expect((await classifier.logits(x)).dims).toEqual([2, 4]);
    const data = await dataOf('unsupported-operators', () => classifier.gradient(x, objective));
    expect(data.operators.map((o) => o.op).sort()).toEqual(REFUSED);
    await classifier.release();
  });
});

describe('release', () => {
  it('may be called before use, twice, and between uses', async () => {
    const classifier = await classifierOf(small());
    await classifier.release();
    const before = await classifier.predict(images);
    await classifier.gradient(images, objective);
    await classifier.release();
    await classifier.release();
    expect(await classifier.predict(images)).toEqual(before);
    await classifier.release();
  });

  it('frees the sessions that exist when another could not be made', async () => {
    let released = 0;
    const fake = { inputs: [], outputs: [], run: async () => ({}), release: async () => void released++ };
    let calls = 0;
    const runtime: Runtime = {
      name: 'broken',
      version: '0',
      device: 'cpu',
      createSession: async () => {
        calls += 1;
        if (calls === 1) throw new Error('out of memory');
        return fake;
      },
    };
    const classifier = new Classifier(small(), { runtime });
    await expect(classifier.logits(images)).rejects.toThrow('out of memory');
    await expect(classifier.gradient(images, objective)).rejects.toThrow();
    await classifier.release();
    expect(released).toBe(1);
  });
});

describe('predictions', () => {
  it('are what the gradient graph attacks when no label is given', async () => {
    // Three equal logits: the runtime's ArgMax must break the tie as ours does.
    const model = modelOf((g) => {
      const w = g.initializer('w', float32([2, 3], [1, 1, 1, 2, 2, 2]));
      return g.matmul(g.input('x', 'float32', ['N', 2]), w);
    });
    const classifier = await classifierOf(model);
    const x = float32([1, 2], [0.5, 0.25]);
    const own = await classifier.gradient(x, objective);
    const first = await classifier.gradient(x, objective, [0]);
    expect([...(await classifier.predict(x))]).toEqual([0]);
    expect(own.gradient.data).toEqual(first.gradient.data);
    await classifier.release();
  });
});
