import { describe, expect, it } from 'vitest';
import { materialize } from '../../../src/core/models/materialize.js';
import { outputAxis, reshapeWeight } from '../../../src/core/reshaping/index.js';
import { quantize, quantizedTheta } from '../../../src/core/reshaping/quantize.js';
import { uniform } from '../../support/classifiers.js';
import { modelOf } from '../../support/run.js';
import { float32, type GraphBuilder, nodeRuntime, type Tensor } from '../../support/toolkit.js';

const weights = (value: Tensor<'float32'> | undefined) => value?.data ?? new Float32Array();

/** Layers of every kind, with the axis of their output channels. */
const LAYERS: readonly [string, number, readonly number[], (g: GraphBuilder, w: string) => string][] = [
  ['Conv', 0, [4, 2, 3, 3], (g, w) => g.op('Conv', [g.input('x', 'float32', ['N', 2, 5, 5]), w])],
  [
    'Conv of 2 groups',
    0,
    [4, 1, 3, 3],
    (g, w) => g.op('Conv', [g.input('x', 'float32', ['N', 2, 5, 5]), w], { group: 2 }),
  ],
  [
    'ConvTranspose',
    1,
    [2, 4, 3, 3],
    (g, w) => g.op('ConvTranspose', [g.input('x', 'float32', ['N', 2, 5, 5]), w]),
  ],
  [
    'Gemm, transB 1',
    0,
    [4, 6],
    (g, w) => g.op('Gemm', [g.input('x', 'float32', ['N', 6]), w], { transB: 1 }),
  ],
  ['Gemm, transB 0', 1, [6, 4], (g, w) => g.op('Gemm', [g.input('x', 'float32', ['N', 6]), w])],
  ['MatMul', 1, [6, 4], (g, w) => g.op('MatMul', [g.input('x', 'float32', ['N', 6]), w])],
];

describe('quantize', () => {
  for (const [name, axis, dims, layer] of LAYERS) {
    for (const type of ['int8', 'int4'] as const) {
      for (const per of ['channel', 'tensor'] as const) {
        it(`rounds a ${name} by half a step at most, ${type} per ${per}`, async () => {
          const value = uniform(dims, -1, 1, name);
          // Channels of different sizes: a wrong axis would round the small ones away.
          const behind = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
          const channelOf = (i: number) => Math.floor(i / behind) % 4;
          value.data.forEach((w, i) => {
            value.data[i] = w * 10 ** -channelOf(i);
          });
          const model = modelOf((g) => layer(g, g.initializer('w', value)));
          expect(outputAxis(model, 'w', dims.length)).toBe(axis);
          const reshaped = await materialize(
            reshapeWeight(model, 'w', quantize, { type, per }),
            await nodeRuntime(),
          );
          const levels = type === 'int8' ? 127 : 7;
          const sizeOf = (channel: number) =>
            Math.max(
              ...value.data.map((w, i) => (per === 'tensor' || channelOf(i) === channel ? Math.abs(w) : 0)),
            );
          const got = weights(reshaped.graph.initializers.get('w') as Tensor<'float32'>);
          expect(got).toHaveLength(value.data.length);
          value.data.forEach((w, i) => {
            const step = sizeOf(channelOf(i)) / levels;
            expect(Math.abs((got[i] ?? 0) - w)).toBeLessThanOrEqual((step / 2) * 1.0001);
          });
          // The largest weight of a channel is a code itself.
          expect(Math.max(...got.map(Math.abs))).toBeCloseTo(sizeOf(0), 6);
        });
      }
    }
  }

  it('codes are those that the graph computes, ties to even and zeros among them', () => {
    const { codes, scale } = quantizedTheta(float32([5], [127, 0.5, 1.5, -2.5, 0]), undefined, 'int8');
    expect([...scale.data]).toEqual([1]);
    expect([...codes.data]).toEqual([127, 0, 2, -2, 0]);
    const zeros = quantizedTheta(float32([2, 2], [0, 0, 3, -3]), 0, 'int4');
    expect([...zeros.scale.data]).toEqual([1, Math.fround(3 / 7)]);
    expect([...zeros.codes.data]).toEqual([0, 0, 7, -7]);
  });
});
