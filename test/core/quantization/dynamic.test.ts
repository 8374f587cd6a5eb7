import { describe, expect, it } from 'vitest';
import { quantizeDynamically } from '../../../src/core/quantization/dynamic.js';
import { largestDifference, uniform } from '../../support/classifiers.js';
import { modelOf, numbers, run } from '../../support/run.js';
import type { GraphBuilder } from '../../support/toolkit.js';

const stored = (g: GraphBuilder, name: string, dims: readonly number[]) =>
  g.initializer(name, uniform(dims, -1, 1, name));

const MODELS: readonly [string, (g: GraphBuilder) => string, string][] = [
  [
    'Gemm, transB 1',
    (g) =>
      g.op('Gemm', [g.input('x', 'float32', ['N', 24]), stored(g, 'w', [5, 24]), stored(g, 'b', [5])], {
        transB: 1,
      }),
    'MatMulInteger',
  ],
  [
    'Gemm, transB 0',
    (g) => g.op('Gemm', [g.input('x', 'float32', ['N', 24]), stored(g, 'w', [24, 5])]),
    'MatMulInteger',
  ],
  ['MatMul', (g) => g.matmul(g.input('x', 'float32', ['N', 24]), stored(g, 'w', [24, 5])), 'MatMulInteger'],
  [
    'Conv with padding',
    (g) => {
      const x = g.reshape(g.input('x', 'float32', ['N', 24]), ['N', 2, 4, 3]);
      const y = g.op('Conv', [x, stored(g, 'w', [4, 2, 3, 3]), stored(g, 'b', [4])], { pads: [1, 1, 1, 1] });
      return g.op('Flatten', [y]);
    },
    'ConvInteger',
  ],
  [
    'Conv in groups',
    (g) => {
      const x = g.reshape(g.input('x', 'float32', ['N', 24]), ['N', 2, 4, 3]);
      return g.op('Flatten', [g.op('Conv', [x, stored(g, 'w', [4, 1, 2, 2])], { group: 2 })]);
    },
    'ConvInteger',
  ],
];

describe('a dynamically quantized model', () => {
  it.each(MODELS)('computes %s with integers, up to the rounding', async (_, build, operator) => {
    const model = modelOf(build);
    const quantized = quantizeDynamically(model);
    expect(quantized.graph.nodes.map(({ op }) => op)).toEqual(
      expect.arrayContaining(['DynamicQuantizeLinear', operator]),
    );
    expect(quantized.graph.initializers.has('w')).toBe(false);
    const x = uniform([3, 24], -1, 1, 'inputs');
    const [wanted, got] = [await run(model, { x }), await run(quantized, { x })];
    const [a, b] = [numbers(Object.values(wanted)[0]!), numbers(Object.values(got)[0]!)];
    expect(Object.keys(got)).toEqual(Object.keys(wanted));
    expect(largestDifference(a, b)).toBeGreaterThan(0);
    // 24 products, each off by half a step of the input and of the weight at most.
    expect(largestDifference(a, b)).toBeLessThan(24 * (1 / 255 + 1 / 254));
  });

  it('leaves products alone that scale their bias', () => {
    const model = modelOf((g) =>
      g.op('Gemm', [g.input('x', 'float32', ['N', 3]), stored(g, 'w', [3, 2]), stored(g, 'b', [2])], {
        beta: { kind: 'float', value: 0.5 },
      }),
    );
    expect(quantizeDynamically(model)).toEqual(model);
  });
});
