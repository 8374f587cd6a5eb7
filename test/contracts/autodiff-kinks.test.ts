import { describe, expect, it } from 'vitest';
import type { Rule } from '../../src/core/autodiff/rule.js';
import { ruleSets } from '../../src/core/autodiff/rules/index.js';
import { numbers, run } from '../support/run.js';
import { float, float32, GraphBuilder, type Tensor, vjp } from '../support/toolkit.js';

type Build = (g: GraphBuilder, ...x: string[]) => string;

/** Gradients of all inputs for a cotangent (default: ones), in the order of the inputs. */
async function gradients(
  inputs: readonly Tensor[],
  build: Build,
  cotangent?: readonly number[],
): Promise<number[][]> {
  const g = new GraphBuilder();
  const names = inputs.map((value, i) => g.input(`x${i}`, value.dtype, value.dims));
  const y = build(g, ...names);
  const dims = g.dims(y) as number[];
  const size = dims.reduce((a, b) => a * b, 1);
  const dy = g.constant(float32(dims, cotangent ?? new Float32Array(size).fill(1)));
  const results = vjp(g, { [y]: dy }, names).map((name, i) => g.output(name, `d${i}`));
  const outputs = await run(g.build(), Object.fromEntries(inputs.map((value, i) => [names[i]!, value])));
  return results.map((name) => numbers(outputs[name]!));
}

interface Kink {
  readonly op: string;
  readonly title: string;
  readonly inputs: readonly (readonly number[] | Tensor)[];
  readonly build?: Build;
  readonly cotangent?: readonly number[];
  /** As torch.autograd gives it (PyTorch 2). */
  readonly expected: readonly (readonly number[])[];
}

const pool = (values: readonly number[], width: number) =>
  float32([1, 1, values.length / width, width], values);

const kinks: readonly Kink[] = [
  { op: 'Relu', title: '0 at 0', inputs: [[-1, 0, 1]], expected: [[0, 0, 1]] },
  {
    op: 'LeakyRelu',
    title: 'the negative slope at 0',
    inputs: [[-1, 0, 1]],
    build: (g, u) => g.op('LeakyRelu', [u!], { alpha: float(0.25) }),
    expected: [[0.25, 0.25, 1]],
  },
  {
    op: 'PRelu',
    title: 'the slope of the negative side at 0',
    inputs: [
      [-1, 0, 1],
      [0.25, 0.25, 0.25],
    ],
    expected: [
      [0.25, 0.25, 1],
      [-1, 0, 0],
    ],
  },
  {
    op: 'Elu',
    title: 'alpha at 0',
    inputs: [[0, 1]],
    build: (g, u) => g.op('Elu', [u!], { alpha: float(0.5) }),
    expected: [[0.5, 1]],
  },
  {
    op: 'ThresholdedRelu',
    title: '0 at alpha',
    inputs: [[0, 0.5, 1]],
    build: (g, u) => g.op('ThresholdedRelu', [u!], { alpha: float(0.5) }),
    expected: [[0, 0, 1]],
  },
  {
    op: 'Shrink',
    title: '0 at the threshold',
    inputs: [[-1, -0.5, 0, 0.5, 1]],
    expected: [[1, 0, 0, 0, 1]],
  },
  {
    op: 'TopK',
    title: 'among equals the first',
    inputs: [[1, 2, 2, 2]],
    build: (g, u) => g.ops('TopK', [u!, g.ints([2])], {}, { outputs: 2 })[0]!,
    expected: [[0, 1, 1, 0]],
  },
  {
    op: 'Selu',
    title: 'the slope of the negative side at 0',
    inputs: [[0, 1]],
    build: (g, u) => g.op('Selu', [u!], { alpha: float(2), gamma: float(1.5) }),
    expected: [[3, 1.5]],
  },
  {
    op: 'HardSigmoid',
    title: '0 at both ends',
    inputs: [[-1, 0, 1]],
    build: (g, u) => g.op('HardSigmoid', [u!], { alpha: float(0.5), beta: float(0.5) }),
    expected: [[0, 0.5, 0]],
  },
  { op: 'HardSwish', title: '0 at -3, 1 at 3', inputs: [[-3, 0, 3]], expected: [[0, 0.5, 1]] },
  { op: 'ReduceL1', title: '0 at 0', inputs: [[-2, 0, 2]], expected: [[-1, 0, 1]] },
  { op: 'ReduceL2', title: '0 where the norm is 0', inputs: [[0, 0]], expected: [[0, 0]] },
  {
    op: 'GlobalMaxPool',
    title: 'the first of equal maxima',
    inputs: [pool([1, 4, 4, 4], 2)],
    expected: [[0, 1, 0, 0]],
  },
  { op: 'Abs', title: '0 at 0', inputs: [[-2, 0, 3]], expected: [[-1, 0, 1]] },
  {
    op: 'Clip',
    title: '1 at both bounds, which get nothing there',
    inputs: [[-2, -1, 0, 1, 2], float32([], [-1]), float32([], [1])],
    expected: [[0, 1, 1, 1, 0], [1], [1]],
  },
  {
    op: 'Clip',
    title: 'equal bounds',
    inputs: [[0, 1, 2], float32([], [1]), float32([], [1])],
    expected: [[0, 1, 0], [0], [1]],
  },
  {
    op: 'Max',
    title: 'ties share evenly',
    inputs: [
      [1, 2, 3],
      [1, 3, 2],
    ],
    expected: [
      [0.5, 0, 1],
      [0.5, 1, 0],
    ],
  },
  {
    op: 'Max',
    title: 'three-way tie',
    inputs: [[6], [6], [6]],
    cotangent: [3],
    expected: [[1], [1], [1]],
  },
  {
    op: 'Min',
    title: 'ties share evenly',
    inputs: [
      [1, 2, 3],
      [1, 3, 2],
    ],
    expected: [
      [0.5, 1, 0],
      [0.5, 0, 1],
    ],
  },
  { op: 'ReduceMax', title: 'ties share evenly', inputs: [[1, 5, 5, 2]], expected: [[0, 0.5, 0.5, 0]] },
  {
    op: 'ReduceMin',
    title: 'ties share evenly',
    inputs: [[1, 5, 1, 1]],
    cotangent: [3],
    expected: [[1, 0, 1, 1]],
  },
  {
    op: 'Pow',
    title: 'base 0: exponents 0, 1, 2',
    inputs: [
      [0, 0, 0],
      [0, 1, 2],
    ],
    expected: [
      [0, 1, 0],
      [0, 0, 0],
    ],
  },
  {
    op: 'Pow',
    title: 'exponent 0 of a negative base',
    inputs: [[-2]],
    build: (g, u) => g.pow(u!, 0),
    expected: [[0]],
  },
  {
    op: 'MaxPool',
    title: 'first of the window',
    inputs: [pool([4, 4, 4, 4], 2)],
    build: (g, u) => g.op('MaxPool', [u!], { kernel_shape: [2, 2], strides: [2, 2] }),
    expected: [[1, 0, 0, 0]],
  },
  {
    op: 'MaxPool',
    title: 'first of each overlapping window, added up',
    inputs: [pool([1, 7, 7, 7, 0], 5)],
    build: (g, u) => g.op('MaxPool', [u!], { kernel_shape: [1, 3] }),
    cotangent: [1, 10, 100],
    expected: [[0, 11, 100, 0, 0]],
  },
  {
    op: 'MaxPool',
    title: 'padding never wins',
    inputs: [pool([-5, -5], 2)],
    build: (g, u) => g.op('MaxPool', [u!], { kernel_shape: [1, 3], pads: [0, 1, 0, 1] }),
    expected: [[2, 0]],
  },
];

describe('kinks and ties, as PyTorch decides them', () => {
  it('has a case for every subgradient rule', () => {
    const needed = Object.entries<Rule>(ruleSets.exact).flatMap(([op, { kind }]) =>
      kind === 'subgradient' ? [op] : [],
    );
    expect(needed.filter((op) => !kinks.some((kink) => kink.op === op))).toEqual([]);
  });

  it.each(kinks.map((kink) => [`${kink.op}: ${kink.title}`, kink] as const))('%s', async (_, kink) => {
    const inputs = kink.inputs.map((v) => (Array.isArray(v) ? float32([v.length], v) : (v as Tensor)));
    const build: Build = kink.build ?? ((g, ...x) => g.op(kink.op, x));
    expect(await gradients(inputs, build, kink.cotangent)).toEqual(kink.expected);
  });

  it.each(['Sign', 'Floor', 'Ceil', 'Round'])('%s is flat everywhere', async (op) => {
    expect(await gradients([float32([3], [-1.5, 0, 2])], (g, u) => g.op(op, [u!]))).toEqual([[0, 0, 0]]);
  });
});
