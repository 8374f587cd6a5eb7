import { describe, expect, it } from 'vitest';
import { operatorKey } from '../../../../src/core/onnx/graph.js';
import { lower } from '../../../../src/core/onnx/lowering/index.js';
import { modelOf, numbers, run } from '../../../support/run.js';
import { float, float32, type GraphBuilder, sizeOf, stream } from '../../../support/toolkit.js';

/**
 * Operators that ONNX Runtime runs on graphics cards alone: what they are written as is compared with the
 * formulas of their specification.
 */

const domain = { domain: 'com.microsoft' };
const draw = (dims: readonly number[], seed: string) => {
  const random = stream(1, 'graphics', seed);
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => random.normal()),
  );
};

/** x is [2, 3, 2, 4], images with the channels last. */
type Write = (g: GraphBuilder, x: string, w: (...dims: number[]) => string) => readonly string[];

const silu = (g: GraphBuilder, y: string) => g.mul(y, g.op('Sigmoid', [y]));

/** Two groups of two channels, normalized over everything but the batch and the group. */
function normalized(g: GraphBuilder, x: string, scale: string, bias: string): string {
  const groups = g.op('Reshape', [x, g.ints([2, 6, 2, 2])]);
  const axes = g.ints([1, 3]);
  const centred = g.sub(groups, g.op('ReduceMean', [groups, axes]));
  const variance = g.op('ReduceMean', [g.mul(centred, centred), axes]);
  const normal = g.op('Reshape', [g.div(centred, g.sqrt(g.add(variance, 1e-5))), g.ints([2, 3, 2, 4])]);
  return g.add(g.mul(normal, scale), bias);
}

const cases: Readonly<Record<string, readonly [given: Write, same: Write]>> = {
  BiasAdd: [
    (g, x, w) => [g.op('BiasAdd', [x, w(4), x], {}, domain)],
    (g, x, w) => [g.add(g.add(x, w(4)), x)],
  ],
  BiasSplitGelu: [
    (g, x, w) => [g.op('BiasSplitGelu', [x, w(4)], {}, domain)],
    (g, x, w) => {
      const sum = g.add(x, w(4));
      const [value, gate] = [g.slice(sum, [3], [0], [2]), g.slice(sum, [3], [2], [4])];
      const half = g.add(g.op('Erf', [g.div(gate, Math.SQRT2)]), 1);
      return [g.mul(value, g.mul(g.mul(gate, 0.5), half))];
    },
  ],
  BiasSoftmax: [
    (g, x, w) => [g.op('BiasSoftmax', [x, w(4)], { axis: 2, is_inner_broadcast: 1 }, domain)],
    (g, x, w) => {
      const scores = g.exp(g.add(x, w(4)));
      return [g.div(scores, g.sum(scores, [2, 3]))];
    },
  ],
  GemmFastGelu: [
    (g, x, w) => [g.op('GemmFastGelu', [x, w(4, 3), w(3)], {}, domain)],
    (g, x, w) => [g.op('Gelu', [g.add(g.matmul(x, w(4, 3)), w(3))], { approximate: 'tanh' })],
  ],
  GroupNorm: [
    (g, x, w) => [
      g.op('GroupNorm', [x, w(4), w(4)], { groups: 2, activation: 1, epsilon: float(1e-5) }, domain),
    ],
    (g, x, w) => [silu(g, normalized(g, x, w(4), w(4)))],
  ],
  SkipGroupNorm: [
    (g, x, w) => {
      const inputs = [x, w(4), w(4), w(2, 4), w(4)];
      return g.ops('SkipGroupNorm', inputs, { groups: 2, activation: 0 }, { ...domain, outputs: 2 });
    },
    (g, x, w) => {
      const [scale, bias] = [w(4), w(4)];
      const sum = g.add(g.add(x, g.unsqueeze(w(2, 4), [1, 2])), w(4));
      return [normalized(g, sum, scale, bias), sum];
    },
  ],
  NhwcConv: [
    (g, x, w) => [g.op('NhwcConv', [x, w(5, 2, 1, 4), w(5)], { strides: [1, 2] }, domain)],
    (g, x, w) => {
      const weights = g.transpose(w(5, 2, 1, 4), [0, 3, 1, 2]);
      const images = g.op('Conv', [g.transpose(x, [0, 3, 1, 2]), weights, w(5)], { strides: [1, 2] });
      return [g.transpose(images, [0, 2, 3, 1])];
    },
  ],
};

describe('operators of graphics cards', () => {
  it.each(Object.entries(cases))('%s is what it stands for', async (name, [given, same]) => {
    const built = (write: Write) =>
      modelOf((g) => {
        let count = 0;
        const weight = (...dims: number[]) => g.constant(draw(dims, `${name} ${count++}`));
        return write(g, g.input('x', 'float32', ['N', 3, 2, 4]), weight);
      });
    const model = built(given);
    const lowered = lower(model);
    expect(model.graph.nodes.map(operatorKey)).toContain(`com.microsoft::${name}`);
    expect(lowered.graph.nodes.map(({ domain }) => domain).filter((d) => d !== '')).toEqual([]);
    const x = draw([2, 3, 2, 4], 'x');
    const [actual, expected] = [
      Object.values(await run(lowered, { x })),
      Object.values(await run(built(same), { x })),
    ];
    expect(actual.map(({ dims }) => dims)).toEqual(expected.map(({ dims }) => dims));
    for (const [i, value] of expected.entries()) {
      const results = numbers(actual[i] ?? expect.fail());
      numbers(value).forEach((number, j) => {
        expect(results[j]).toBeCloseTo(number, 5);
      });
    }
    // What shape inference says of the operator itself.
    expect(model.graph.outputs.map(({ type }) => type?.dims?.slice(1))).toEqual(
      expected.map(({ dims }) => dims.slice(1)),
    );
  });
});
