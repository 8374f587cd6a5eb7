import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { parseNotation } from '../../../src/core/models/notation.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { expectType } from '../../../src/core/tensor/tensor.js';
import { classifierOf, uniform } from '../../support/classifiers.js';
import { digits } from '../../support/mnist.js';

const weightsOf = (model: Model, suffix = '.weight') =>
  [...model.graph.initializers]
    .filter(([name]) => name.endsWith(suffix))
    .map(([name, value]) => [name, expectType(value, 'float32', name)] as const);

describe("the paper's network", () => {
  const model = buildModel('784-C64-C128-F512-10');

  it('has the numbers of weights that its description has', () => {
    expect(weightsOf(model).map(([name, w]) => [name, w.data.length])).toEqual([
      ['conv1.weight', 1600],
      ['conv2.weight', 204_800],
      ['fc1.weight', 3_211_264],
      ['fc2.weight', 5120],
    ]);
    expect(weightsOf(model, '.bias').map(([, b]) => b.data.length)).toEqual([64, 128, 512, 10]);
    expect(model.graph.initializers.size).toBe(8);
  });

  it('consists of the layers that it is said to consist of', () => {
    const layers = ['Conv', 'Relu', 'MaxPool', 'Conv', 'Relu', 'MaxPool', 'Flatten', 'Gemm', 'Relu', 'Gemm'];
    expect(model.graph.nodes.map((node) => node.op)).toEqual(layers);
    expect(model.metadata.get('foolproof.architecture')).toBe('784-C64-C128-F512-10');
  });

  it('has weights with mean 0 and variance 2 / fan-in, and biases of zero', () => {
    for (const [name, { data, dims }] of weightsOf(model)) {
      const fanIn = dims.slice(1).reduce((a, b) => a * b, 1);
      const mean = data.reduce((a, b) => a + b, 0) / data.length;
      const variance = data.reduce((a, b) => a + b * b, 0) / data.length;
      // Standard errors of both estimates for normal values; five of them.
      const deviation = Math.sqrt(2 / fanIn);
      expect([name, Math.abs(mean) < (5 * deviation) / Math.sqrt(data.length)]).toEqual([name, true]);
      expect([name, Math.abs((variance * fanIn) / 2 - 1) < 5 * Math.sqrt(2 / data.length)]).toEqual([
        name,
        true,
      ]);
    }
    for (const [, { data }] of weightsOf(model, '.bias')) expect(data.every((b) => b === 0)).toBe(true);
  });

  it('gives ten finite logits for a real digit', async () => {
    const classifier = await classifierOf(model);
    const logits = await classifier.logits((await digits(2)).images);
    expect(logits.dims).toEqual([2, 10]);
    expect(logits.data.every(Number.isFinite)).toBe(true);
    await classifier.release();
  });
});

describe('batch normalization', () => {
  const model = buildModel('1x6x6-C3k3b-M-F5b-2');

  it('stands between a layer without a bias and its ReLU', () => {
    expect(model.graph.nodes.map((node) => node.op)).toEqual([
      ...['Conv', 'BatchNormalization', 'Relu', 'MaxPool', 'Flatten'],
      ...['Gemm', 'BatchNormalization', 'Relu', 'Gemm'],
    ]);
    expect([...model.graph.initializers.keys()].filter((name) => name.endsWith('bias'))).toEqual([
      'fc2.bias',
    ]);
  });

  it('starts as the identity, up to epsilon', () => {
    const starts = { scale: 1, shift: 0, mean: 0, variance: 1 };
    for (const [layer, size] of [
      ['conv1', 3],
      ['fc1', 5],
    ] as const) {
      for (const [part, value] of Object.entries(starts)) {
        expect([...(model.graph.initializers.get(`${layer}.norm.${part}`)!.data as Float32Array)]).toEqual(
          Array(size).fill(value),
        );
      }
    }
  });

  it('leaves the weights what they are without it', () => {
    const plain = buildModel('1x6x6-C3k3-M-F5-2');
    for (const [name, { data }] of weightsOf(plain))
      expect(model.graph.initializers.get(name)!.data).toEqual(data);
  });
});

describe('shapes', () => {
  it.each([
    ['784-10', [1, 28, 28], 10],
    ['3072-C4k3-F7-100', [3, 32, 32], 100],
    // Odd sides: pooling drops the last row and column.
    ['1x7x9-C2k3-M-C3k1-M-F4-2', [1, 7, 9], 2],
    ['3x8x8-C4k3-C4k7-M-3', [3, 8, 8], 3],
    ['1x1x5-F2-F2-F2-4', [1, 1, 5], 4],
    ['3x4x4-C2k3b-M-C3k3b-F4b-2', [3, 4, 4], 2],
    ['16-C2-C2-2', [1, 4, 4], 2],
  ])('%s maps [N, %j] to [N, %i]', async (notation, dims, classes) => {
    const model = buildModel(notation);
    const classifier = await classifierOf(model);
    expect(classifier.shape).toMatchObject({ input: 'image', output: 'logits', dims, classes });
    for (const count of [1, 3]) {
      expect((await classifier.logits(uniform([count, ...dims], 0, 1))).dims).toEqual([count, classes]);
    }
    await classifier.release();
  });

  it('takes an architecture as well as its notation, and the default kernel', () => {
    const weights = (model: Model) => weightsOf(model).map(([, w]) => [...w.dims]);
    expect(weights(buildModel(parseNotation('64-C2-F3-2', 3)))).toEqual([
      [2, 1, 3, 3],
      [3, 32],
      [2, 3],
    ]);
    expect(weights(buildModel('64-C2-F3-2', { kernel: 3 }))[0]).toEqual([2, 1, 3, 3]);
    expect(weights(buildModel('64-C2-F3-2'))[0]).toEqual([2, 1, 5, 5]);
  });
});

describe('seeds', () => {
  const values = (model: Model, name: string) => model.graph.initializers.get(name)!.data as Float32Array;

  it('the same seed gives the same weights, another seed others', () => {
    const [a, b, c] = [1, 1, 2].map((seed) => values(buildModel('64-C3-F9-4', { seed }), 'fc1.weight'));
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
    expect(values(buildModel('64-C3-F9-4'), 'fc1.weight')).toEqual(a);
  });

  it("a layer's weights do not depend on the layers around it", () => {
    const [a, b] = [buildModel('64-C3-F9-4'), buildModel('64-C3-F9-F9-F9-7')];
    expect(values(b, 'conv1.weight')).toEqual(values(a, 'conv1.weight'));
    expect(values(b, 'fc1.weight')).toEqual(values(a, 'fc1.weight'));
  });

  it('layers of one shape have different weights', () => {
    const model = buildModel('16-F16-F16-16');
    expect(values(model, 'fc1.weight')).not.toEqual(values(model, 'fc2.weight'));
    expect(values(model, 'fc3.weight')).not.toEqual(values(model, 'fc2.weight'));
  });
});
