import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { placementOf } from '../../../src/core/quantization/placement.js';
import { activationCodes, quantizeStatically } from '../../../src/core/quantization/static.js';
import { compressAll, finished, parseCompression } from '../../../src/core/reshaping/index.js';
import { largestDifference, uniform } from '../../support/classifiers.js';
import { modelOf, numbers, run } from '../../support/run.js';
import { float32, type GraphBuilder, type Model } from '../../support/toolkit.js';

const ops = (model: Model) => model.graph.nodes.map(({ op }) => op);

/** A residual block: convolution, ReLU, addition, pooling, a product at the end. */
const residual = (g: GraphBuilder) => {
  const x = g.input('x', 'float32', ['N', 2, 6, 6]);
  const weight = (name: string, dims: readonly number[]) => g.initializer(name, uniform(dims, -1, 1, name));
  const conv = (value: string, name: string) =>
    g.op('Conv', [value, weight(`${name}.w`, [2, 2, 3, 3]), weight(`${name}.b`, [2])], {
      pads: [1, 1, 1, 1],
    });
  const first = g.op('Relu', [conv(x, 'first')]);
  const sum = g.op('Relu', [g.add(conv(first, 'second'), first)]);
  const pooled = g.op('Flatten', [g.op('MaxPool', [sum], { kernel_shape: [2, 2], strides: [2, 2] })]);
  return g.op('Gemm', [pooled, weight('last.w', [4, 18]), weight('last.b', [4])], { transB: 1 });
};

/** Ranges that hold whatever a test feeds. */
const wide = (model: Model, high = 20) =>
  new Map(placementOf(model).own.map((name) => [name, [-high, high] as const]));

describe('where values are rounded', () => {
  it('is at both ends of layers, behind the ReLU, and with one scale around what only moves numbers', () => {
    const model = modelOf(residual);
    const { own, shared, removed, layers } = placementOf(model);
    const producer = (name: string) =>
      model.graph.nodes.find(({ outputs }) => outputs.includes(name))?.op ?? 'input';
    expect(own.map(producer).sort()).toEqual(['Conv', 'Gemm', 'Relu', 'Relu', 'input']);
    expect([...shared.keys()].map(producer)).toEqual(['MaxPool', 'Flatten']);
    expect([...removed].map(({ op }) => op)).toEqual(['Relu', 'Relu']);
    expect(layers.map(({ op }) => op)).toEqual(['Conv', 'Conv', 'Gemm']);
  });

  it('leaves alone what it knows no integers for', () => {
    const model = modelOf((g) => g.op('Tanh', [g.op('Elu', [g.input('x', 'float32', ['N', 3])])]));
    expect(placementOf(model).own).toEqual([]);
    expect(quantizeStatically(model, new Map())).toEqual(expect.objectContaining({ opsets: model.opsets }));
  });
});

describe('scales of activations', () => {
  it('cover the range, with zero as a code', () => {
    expect(activationCodes([0, 2.55], 'uint8')).toEqual({ scale: Math.fround(0.01), zero: 0 });
    expect(activationCodes([-1, 1.55], 'uint8')).toEqual({ scale: Math.fround(0.01), zero: 100 });
    expect(activationCodes([-1, 1.55], 'int8')).toEqual({ scale: Math.fround(0.01), zero: -28 });
    // A range on one side of zero is widened to it.
    expect(activationCodes([1, 2.55], 'uint8').zero).toBe(0);
    expect(activationCodes([0, 0], 'int8')).toEqual({ scale: 1, zero: -128 });
  });
});

describe('a statically quantized model', () => {
  for (const type of ['uint8', 'int8'] as const) {
    it(`computes what the model computes up to the rounding, ${type}`, async () => {
      const model = modelOf(residual);
      const quantized = quantizeStatically(model, wide(model), type);
      const x = uniform([3, 2, 6, 6], -1, 1, 'images');
      const [wanted, got] = [await run(model, { x }), await run(quantized, { x })];
      const difference = largestDifference(
        numbers(Object.values(got)[0]!),
        numbers(Object.values(wanted)[0]!),
      );
      expect(difference).toBeGreaterThan(0);
      expect(difference).toBeLessThan(2);
      expect(ops(quantized)).not.toContain('Relu');
      expect(Object.keys(got)).toEqual(Object.keys(wanted));
      // Weights are int8 with a scale for each channel, biases int32 in steps of the products.
      const { initializers } = quantized.graph;
      const scaleOf = (name: string) => initializers.get(name)?.data as Float32Array;
      expect(initializers.get('last.w/codes')?.dtype).toBe('int8');
      expect(initializers.get('last.b/codes')?.dtype).toBe('int32');
      expect(initializers.has('last.w')).toBe(false);
      const weightScale = scaleOf('last.w/scale');
      // Of a pooled ReLU, which holds no negative numbers.
      const input = Math.fround(20 / 255);
      scaleOf('last.b/scale').forEach((scale, i) => {
        expect(scale).toBeCloseTo(input * (weightScale[i] ?? 0), 8);
      });
    });
  }

  it('equals the closed form of one product', async () => {
    const model = modelOf((g) =>
      g.op(
        'Gemm',
        [
          g.input('x', 'float32', ['N', 2]),
          g.initializer('w', float32([2, 2], [1, -0.5, 2, 127 / 64])),
          g.initializer('b', float32([2], [0.25, -1])),
        ],
        { transB: 1 },
      ),
    );
    const ranges = new Map(placementOf(model).own.map((name) => [name, [-1, 1.55] as const]));
    const results = await run(quantizeStatically(model, ranges), { x: float32([1, 2], [0.504, -0.297]) });
    const [s, w1, w2] = [0.01, 1 / 127, 2 / 127];
    const [x1, x2] = [Math.round(0.504 / s) * s, Math.round(-0.297 / s) * s];
    const exact = [
      127 * w1 * x1 + Math.round(-0.5 / w1) * w1 * x2 + 0.25,
      127 * w2 * x1 + Math.round(127 / 64 / w2) * w2 * x2 - 1,
    ];
    numbers(Object.values(results)[0]!).forEach((value, i) => {
      expect(value).toBeCloseTo(Math.max(-1, Math.round((exact[i] ?? 0) / s) * s), 5);
    });
  });

  it('takes weights that are quantized already as they are', () => {
    const float = buildModel('1x6x6-C2k3-F8-4', { seed: 2 });
    const model = finished(compressAll(float, parseCompression('prune:0.5+quantize:int8'), 1));
    const quantized = quantizeStatically(model, wide(model));
    expect([...quantized.graph.initializers.keys()].filter((name) => /weight\/codes/.test(name))).toEqual([]);
    expect(
      [...quantized.graph.initializers].filter(([, { dtype }]) => dtype === 'int32').map(([name]) => name),
    ).toEqual(expect.arrayContaining(['conv1.bias/codes', 'fc1.bias/codes', 'fc2.bias/codes']));
  });

  it('leaves a bias alone whose integers would overflow', () => {
    const model = modelOf((g) =>
      g.op('Gemm', [
        g.input('x', 'float32', ['N', 1]),
        g.initializer('w', float32([1, 1], [1e-8])),
        g.initializer('b', float32([1], [1])),
      ]),
    );
    const ranges = new Map(placementOf(model).own.map((name) => [name, [0, 1e-3] as const]));
    expect(quantizeStatically(model, ranges).graph.initializers.has('b')).toBe(true);
  });
});
