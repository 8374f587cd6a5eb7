import { describe, expect, it } from 'vitest';
import { type Attribute, operatorKey } from '../../src/core/onnx/graph.js';
import { operators } from '../../src/core/onnx/operators/index.js';
import { drawFor, quantizedCases } from '../support/quantized-cases.js';
import { concrete, opsetsFor, run, SIZES } from '../support/run.js';
import { float, float32, GraphBuilder, int64, sizeOf, type Tensor, tensor } from '../support/toolkit.js';
import { controlCases } from './shapes/control.js';
import { newerCases } from './shapes/newer.js';
import { type Build, each, ones } from './shapes/shape-case.js';

const unary = [
  'Abs Ceil Elu Erf Exp Floor Gelu HardSigmoid HardSwish Identity LeakyRelu Log LogSoftmax Neg',
  'Reciprocal Relu Round Shrink Swish LpNormalization MeanVarianceNormalization GlobalLpPool Selu ' +
    'Sigmoid Sign Softmax Softplus Softsign Sqrt Sin Cos Tanh',
  'ThresholdedRelu Celu Mish IsNaN IsInf Dropout Clip GlobalAveragePool GlobalMaxPool Size',
].join(' ');
const binary = 'Add Sub Mul Div Pow Max Min Sum Mean PRelu Equal Greater GreaterOrEqual Less LessOrEqual';
const reductions = [
  'ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare',
  'ReduceLogSum ReduceLogSumExp',
].join(' ');

const u8 = (g: GraphBuilder, dims: readonly number[]) =>
  g.constant(tensor('uint8', dims, new Uint8Array(sizeOf(dims)).fill(3)));
const bools = (g: GraphBuilder, dims: readonly number[]) =>
  g.constant(tensor('bool', dims, new Uint8Array(sizeOf(dims)).fill(1)));
/** An If between two products with vectors of the given shapes; its branches take x from outside. */
function choice(g: GraphBuilder, x: string, first: readonly number[], second: readonly number[]): string {
  const branch = (name: string, dims: readonly number[]): Attribute => ({
    kind: 'graph',
    value: {
      name,
      inputs: [],
      outputs: [{ name: `${name}_y` }],
      initializers: new Map([[`${name}_w`, float32(dims, new Float32Array(sizeOf(dims)))]]),
      nodes: [
        {
          op: 'Mul',
          domain: '',
          name,
          inputs: [x, `${name}_w`],
          outputs: [`${name}_y`],
          attributes: {},
        },
      ],
    },
  });
  const condition = g.op('Greater', [g.op('ReduceMax', [x], { keepdims: 0 }), 0]);
  return g.op('If', [condition], { then_branch: branch('then', first), else_branch: branch('else', second) });
}

/** The result and the sum that was normalized. */
const skip = (g: GraphBuilder, x: string, op: string) => {
  const inputs = [g.op('Reshape', [x, g.ints([0, 24, 6])]), ones(g, [2, 24, 6]), ones(g, [6])];
  const [y = '', , , sum = ''] = g.ops(
    op,
    inputs,
    {},
    {
      domain: 'com.microsoft',
      outputs: ['y', '', '', 'sum'],
    },
  );
  return [y, sum];
};

/** Operators without a case, and why. */
const skipped: Readonly<Record<string, string>> = {
  NonZero: 'the size of its result depends on the numbers',
  'ai.onnx.ml::SVMClassifier': 'how many numbers it puts out depends on its probabilities',
  ...Object.fromEntries(
    ['BiasAdd', 'BiasSoftmax', 'BiasSplitGelu', 'GemmFastGelu', 'GroupNorm', 'NhwcConv', 'SkipGroupNorm'].map(
      (op) => [
        `com.microsoft::${op}`,
        'runs on graphics cards alone: test/core/onnx/lowering/microsoft.test.ts',
      ],
    ),
  ),
  Upsample: 'older than the operator sets that are read',
  Scatter: 'older than the operator sets that are read',
};

/** The input of every case is x, float32 [N, 4, 6, 6]. */
const cases: Readonly<Record<string, Readonly<Record<string, Build>>>> = {
  ...each(unary, (op) => ({ plain: (g, x) => g.op(op, [x]) })),
  ...each(binary, (op) => ({
    scalar: (g, x) => g.op(op, [x, 2]),
    channels: (g, x) => g.op(op, [x, ones(g, [4, 1, 1])]),
    ...(op !== 'PRelu' && {
      wider: (g, x) => g.op(op, [ones(g, [3, 1, 1, 1, 6]), x]),
      free: (g, x) => g.op(op, [x, g.op('ReduceSum', [x, g.ints([1, 2])])]),
    }),
  })),
  ...each('And Or Xor', (op) => ({ wider: (g, x) => g.op(op, [g.greater(x, 0), bools(g, [6])]) })),
  ...each('BitwiseAnd BitwiseOr BitwiseXor', (op) => ({
    wider: (g) => g.op(op, [u8(g, [2, 1]), u8(g, [3])]),
  })),
  ...each(reductions, (op) => ({
    kept: (g, x) => g.op(op, [x, g.ints([-1, 1])]),
    dropped: (g, x) => g.op(op, [x, g.ints([0, 2])], { keepdims: 0 }),
    all: (g, x) => g.op(op, [x], { keepdims: 0 }),
    nothing: (g, x) => g.op(op, [x], { noop_with_empty_axes: 1 }),
  })),
  ...each('ArgMax ArgMin', (op) => ({
    kept: (g, x) => g.op(op, [x], { axis: 1 }),
    dropped: (g, x) => g.op(op, [x], { axis: -1, keepdims: 0 }),
  })),
  ...each('MaxPool AveragePool LpPool', (op) => ({
    plain: (g, x) => g.op(op, [x], { kernel_shape: [3, 2], strides: [2, 3] }),
    padded: (g, x) => g.op(op, [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 0, 0, 1] }),
    ceil: (g, x) => g.op(op, [x], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
    'ceil, window in the padding': (g, x) =>
      g.op(op, [x], { kernel_shape: [2, 2], strides: [3, 4], pads: [1, 1, 1, 1], ceil_mode: 1 }),
    dilated: (g, x) => g.op(op, [x], { kernel_shape: [2, 2], dilations: [3, 2] }),
    same: (g, x) => g.op(op, [x], { kernel_shape: [3, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
    // ONNX Runtime computes a negative padding for MaxPool here, and refuses it.
    ...(op !== 'MaxPool' && {
      'same, stride beyond kernel': (g: GraphBuilder, x: string) =>
        g.op(op, [x], { kernel_shape: [1, 1], strides: [4, 5], auto_pad: 'SAME_LOWER' }),
    }),
    valid: (g, x) => g.op(op, [x], { kernel_shape: [3, 3], auto_pad: 'VALID' }),
    ...(op === 'MaxPool' && {
      indices: (g: GraphBuilder, x: string) => g.ops(op, [x], { kernel_shape: [2, 2] }, { outputs: 2 }),
    }),
  })),
  BitwiseNot: { plain: (g) => g.op('BitwiseNot', [u8(g, [2, 3])]) },
  BitShift: { wider: (g) => g.op('BitShift', [u8(g, [2, 1]), u8(g, [3])], { direction: 'LEFT' }) },
  Mod: { wider: (g, x) => g.op('Mod', [x, ones(g, [6])], { fmod: 1 }) },
  Not: { plain: (g, x) => g.op('Not', [g.greater(x, 0)]) },
  CumSum: { plain: (g, x) => g.op('CumSum', [x, g.scalar(1, 'int64')]) },
  Cast: { plain: (g, x) => g.cast(x, 'int64') },
  Where: {
    wider: (g, x) =>
      g.where(g.greater(g.op('ReduceSum', [x, g.ints([0, 1])]), 0), x, ones(g, [3, 1, 1, 1, 6])),
  },
  Conv: {
    plain: (g, x) => g.op('Conv', [x, ones(g, [5, 4, 3, 2])]),
    everything: (g, x) =>
      g.op('Conv', [x, ones(g, [6, 2, 3, 2])], {
        group: 2,
        strides: [2, 3],
        dilations: [2, 1],
        pads: [1, 0, 2, 1],
      }),
    same: (g, x) => g.op('Conv', [x, ones(g, [5, 4, 3, 2])], { auto_pad: 'SAME_LOWER', strides: [2, 2] }),
  },
  ConvTranspose: {
    plain: (g, x) => g.op('ConvTranspose', [x, ones(g, [4, 5, 3, 2])]),
    everything: (g, x) =>
      g.op('ConvTranspose', [x, ones(g, [4, 5, 3, 2])], {
        group: 2,
        strides: [2, 3],
        dilations: [2, 1],
        pads: [1, 0, 2, 1],
        output_padding: [1, 2],
      }),
    'given shape': (g, x) =>
      g.op('ConvTranspose', [x, ones(g, [4, 5, 3, 3])], { strides: [2, 2], output_shape: [12, 13] }),
    same: (g, x) =>
      g.op('ConvTranspose', [x, ones(g, [4, 5, 3, 3])], { strides: [2, 3], auto_pad: 'SAME_UPPER' }),
  },
  MatMul: {
    batched: (g, x) => g.matmul(x, ones(g, [4, 6, 3])),
    vector: (g, x) => g.matmul(x, ones(g, [6])),
    'vector first': (g, x) => g.matmul(ones(g, [6]), x),
    vectors: (g) => g.matmul(ones(g, [6]), ones(g, [6])),
  },
  Gemm: {
    plain: (g, x) => g.op('Gemm', [g.op('Flatten', [x]), ones(g, [144, 3])]),
    transposed: (g, x) => g.op('Gemm', [g.op('Flatten', [x]), ones(g, [2, 3])], { transA: 1 }),
    'second transposed': (g, x) => g.op('Gemm', [g.op('Flatten', [x]), ones(g, [3, 144])], { transB: 1 }),
  },
  BatchNormalization: {
    plain: (g, x) => g.op('BatchNormalization', [x, ones(g, [4]), ones(g, [4]), ones(g, [4]), ones(g, [4])]),
  },
  InstanceNormalization: { plain: (g, x) => g.op('InstanceNormalization', [x, ones(g, [4]), ones(g, [4])]) },
  LayerNormalization: { plain: (g, x) => g.op('LayerNormalization', [x, ones(g, [6])]) },
  GroupNormalization: {
    plain: (g, x) => g.op('GroupNormalization', [x, ones(g, [4]), ones(g, [4])], { num_groups: 2 }),
  },
  RMSNormalization: { plain: (g, x) => g.op('RMSNormalization', [x, ones(g, [6])]) },
  ...Object.fromEntries(
    [
      ['LSTM', 4],
      ['GRU', 3],
      ['RNN', 1],
    ].map(([op, gates]) => [
      op,
      Object.fromEntries(
        ['forward', 'bidirectional'].map((direction, i): [string, Build] => [
          direction,
          (g, x) => {
            const rows = g.op('Reshape', [x, g.ints([4, -1, 36])]);
            const size = Number(gates) * 5;
            const inputs = [rows, ones(g, [i + 1, size, 36]), ones(g, [i + 1, size, 5])];
            const outputs = op === 'LSTM' ? 3 : 2;
            return g.ops(String(op), inputs, { hidden_size: 5, direction }, { outputs });
          },
        ]),
      ),
    ]),
  ),
  LRN: { plain: (g, x) => g.op('LRN', [x], { size: 3 }) },
  MaxUnpool: {
    plain: (g, x) => {
      const [y, i] = g.ops('MaxPool', [x], { kernel_shape: [2, 3], strides: [2, 3] }, { outputs: 2 });
      return g.op('MaxUnpool', [y!, i!], { kernel_shape: [2, 3], strides: [2, 3] });
    },
    'given shape': (g, x) => {
      const [y, i] = g.ops('MaxPool', [x], { kernel_shape: [2, 2], strides: [3, 3] }, { outputs: 2 });
      return g.op('MaxUnpool', [y!, i!, g.op('Shape', [x])], { kernel_shape: [2, 2], strides: [3, 3] });
    },
  },
  Einsum: {
    'letters of a result': (g, x) => g.op('Einsum', [x, ones(g, [6, 3])], { equation: 'nchw, wk -> nkhc' }),
    'no result given': (g, x) => g.op('Einsum', [x, ones(g, [6, 3])], { equation: 'bayz,zc' }),
    'axes without letters': (g, x) => g.op('Einsum', [x, ones(g, [2, 1])], { equation: '...hw,kj->k...wj' }),
    'a diagonal': (g, x) => g.op('Einsum', [x], { equation: 'ncii->in' }),
    number: (g, x) => g.op('Einsum', [x, x], { equation: 'nchw,nchw->' }),
  },
  Flatten: {
    plain: (g, x) => g.op('Flatten', [x]),
    'axis 0': (g, x) => g.op('Flatten', [x], { axis: 0 }),
    negative: (g, x) => g.op('Flatten', [x], { axis: -1 }),
    'axis behind the last': (g, x) => g.op('Flatten', [x], { axis: 4 }),
  },
  Reshape: {
    free: (g, x) => g.op('Reshape', [x, g.ints([-1, 12])]),
    copied: (g, x) => g.op('Reshape', [x, g.ints([0, 2, 0, -1])]),
    computed: (g, x) => {
      const shape = g.op('Shape', [x]);
      const [n, c] = [g.gather(shape, g.ints([0])), g.gather(shape, g.scalar(1, 'int64'))];
      const rest = g.mul(g.gather(shape, g.ints([2])), g.gather(shape, g.ints([-1])));
      const half = g.op('Div', [g.unsqueeze(c, [0]), g.ints([2])]);
      return g.op('Reshape', [x, g.concat([g.mul(n, g.ints([2])), half, rest], 0)]);
    },
    'cut from a shape': (g, x) =>
      g.op('Reshape', [x, g.concat([g.slice(g.op('Shape', [x]), [0], [0], [2]), g.ints([-1])], 0)]),
    'zero is a size': (g) =>
      g.op('Reshape', [g.constant(float32([0, 4], [])), g.ints([2, 0])], { allowzero: 1 }),
  },
  Transpose: { default: (g, x) => g.op('Transpose', [x]), given: (g, x) => g.transpose(x, [0, 2, 3, 1]) },
  Squeeze: {
    given: (g, x) => g.squeeze(g.unsqueeze(x, [0, 2]), [-4, 0]),
    all: (g) => g.op('Squeeze', [ones(g, [1, 3, 1])]),
  },
  Unsqueeze: { several: (g, x) => g.unsqueeze(x, [-1, 0]) },
  Concat: {
    channels: (g, x) => g.concat([x, ones(g, [2, 3, 6, 6])], 1),
    negative: (g, x) => g.concat([x, x], -2),
  },
  Split: {
    given: (g, x) => g.ops('Split', [x, g.ints([1, 3])], { axis: 1 }, { outputs: 2 }),
    equal: (g, x) => g.ops('Split', [x], { axis: -1, num_outputs: 3 }, { outputs: 3 }),
    uneven: (g, x) =>
      g.ops('Split', [g.pad(x, [0, 0, 1, 0, 0, 0, 0, 0])], { axis: 2, num_outputs: 3 }, { outputs: 3 }),
  },
  Slice: {
    several: (g, x) => g.slice(x, [1, -1], [1, -100], [Number.MAX_SAFE_INTEGER, -2], [2, 1]),
    backwards: (g, x) => g.slice(x, [2, 3], [-1, 4], [-(2 ** 31), 0], [-2, -3]),
    'of nothing': (g, x) => g.slice(x, [2], [4], [2]),
    'whole free axis': (g, x) => g.slice(x, [0, 1], [0, 1], [2 ** 31 - 1, 3]),
  },
  Pad: {
    all: (g, x) => g.pad(x, [0, 1, 0, 2, 0, 0, 3, -1]),
    axes: (g, x) => g.op('Pad', [x, g.ints([1, 2, 3, -4]), '', g.ints([-1, 2])]),
  },
  Gather: {
    vector: (g, x) => g.gather(x, g.ints([0, 0, -1]), 1),
    scalar: (g, x) => g.gather(x, g.scalar(1, 'int64'), -1),
    matrix: (g, x) => g.gather(x, g.constant(int64([2, 2], [0, 1, 1, 0])), 0),
    'row of an integer matrix': (g) =>
      g.gather(g.constant(int64([2, 3], [1, 2, 3, 4, 5, 6])), g.scalar(1, 'int64')),
  },
  GatherElements: {
    plain: (g) => g.op('GatherElements', [ones(g, [3, 2]), g.constant(int64([1, 2], [0, 1]))]),
  },
  Tile: {
    plain: (g) => g.op('Tile', [ones(g, [2, 3]), g.ints([2, 1])]),
    'free axis': (g, x) =>
      g.op('Tile', [
        x,
        g.ints([
          2,
          ...g
            .dims(x)
            .slice(1)
            .map(() => 3),
        ]),
      ]),
  },
  Trilu: { plain: (g) => g.op('Trilu', [ones(g, [2, 3, 4])]) },
  GatherND: {
    plain: (g) => g.op('GatherND', [ones(g, [3, 2, 4]), g.constant(int64([5, 2], Array(10).fill(1)))]),
    'batch axes': (g) =>
      g.op('GatherND', [ones(g, [2, 3, 4]), g.constant(int64([2, 5, 1], Array(10).fill(1)))], {
        batch_dims: 1,
      }),
  },
  Col2Im: {
    plain: (g) => g.op('Col2Im', [ones(g, [2, 12, 9]), g.ints([4, 4]), g.ints([2, 2])]),
  },
  ScatterElements: {
    plain: (g) =>
      g.op('ScatterElements', [ones(g, [3, 2]), g.constant(int64([1, 2], [0, 1])), ones(g, [1, 2])]),
  },
  ScatterND: {
    plain: (g) => g.op('ScatterND', [ones(g, [3, 2]), g.constant(int64([1, 1], [2])), ones(g, [1, 2])]),
  },
  DepthToSpace: { plain: (g, x) => g.op('DepthToSpace', [x], { blocksize: 2 }) },
  SpaceToDepth: { plain: (g, x) => g.op('SpaceToDepth', [x], { blocksize: 3 }) },
  Shape: { plain: (g, x) => g.op('Shape', [x]), part: (g, x) => g.op('Shape', [x], { start: 1, end: -1 }) },
  ConstantOfShape: {
    constant: (g) => g.op('ConstantOfShape', [g.ints([2, 3])]),
    computed: (g, x) =>
      g.op('ConstantOfShape', [g.op('Shape', [x])], { value: tensor('int32', [1], Int32Array.of(7)) }),
    'number of elements': (g, x) => g.op('ConstantOfShape', [g.op('ReduceProd', [g.op('Shape', [x])])]),
  },
  Range: {
    plain: (g) => g.op('Range', [g.scalar(1, 'int64'), g.scalar(8, 'int64'), g.scalar(3, 'int64')]),
    backwards: (g) => g.op('Range', [g.scalar(8, 'int64'), g.scalar(1, 'int64'), g.scalar(-3, 'int64')]),
  },
  Expand: {
    wider: (g, x) => g.op('Expand', [x, g.ints([3, 1, 1, 1, 6])]),
    narrower: (g, x) => g.op('Expand', [x, g.ints([1])]),
    computed: (g, x) => g.op('Expand', [ones(g, [6]), g.op('Shape', [x])]),
  },
  OneHot: {
    plain: (g) => g.op('OneHot', [g.ints([0, 2]), g.ints([3]), g.constant(float32([2], [0, 1]))]),
    'first axis': (g) =>
      g.op(
        'OneHot',
        [g.constant(int64([1, 2], [0, 1])), g.scalar(4, 'int64'), g.constant(float32([2], [0, 1]))],
        {
          axis: 0,
        },
      ),
  },
  Hardmax: { plain: (g, x) => g.op('Hardmax', [x]) },
  CastLike: { plain: (g, x) => g.op('CastLike', [x, g.ints([1])]) },
  Constant: {
    tensor: (g) => g.op('Constant', [], { value: float32([2, 1], [1, 2]) }),
    numbers: (g) => g.op('Constant', [], { value_ints: [1, 2, 3] }),
    number: (g) => g.op('Constant', [], { value_float: float(1) }),
    shape: (g, x) => g.op('Reshape', [x, g.op('Constant', [], { value_ints: [0, -1] })]),
  },
  TopK: {
    plain: (g, x) => g.ops('TopK', [x, g.ints([2])], {}, { outputs: 2 }),
    channels: (g, x) => g.ops('TopK', [x, g.ints([3])], { axis: 1, largest: 0 }, { outputs: 2 }),
  },
  RoiAlign: {
    plain: (g, x) =>
      g.op('RoiAlign', [x, ones(g, [3, 4]), g.ints([0, 0, 1])], { output_height: 2, output_width: 3 }),
  },
  GridSample: { plain: (g, x) => g.op('GridSample', [x, ones(g, [2, 3, 5, 2])]) },
  If: {
    'same shape': (g, x) => choice(g, x, [3, 1, 1, 1, 6], [3, 1, 4, 1, 1]),
    'one channel': (g, x) => choice(g, x, [4, 1, 1], [1, 1]),
  },
  Attention: {
    'heads apart': (g, x) => g.op('Attention', [x, x, ones(g, [2, 4, 6, 5])]),
    'heads side by side': (g, x) => {
      const rows = g.op('Reshape', [x, g.ints([0, 6, 24])]);
      return g.op('Attention', [rows, ones(g, [2, 5, 12]), ones(g, [2, 5, 6])], {
        q_num_heads: 4,
        kv_num_heads: 2,
      });
    },
  },
  AffineGrid: {
    images: (g, x) => {
      const theta = g.op('Reshape', [g.slice(x, [1, 2], [0, 0], [1, 1]), g.ints([0, 2, 3])]);
      const size = g.concat([g.op('Shape', [x], { end: 1 }), g.ints([1, 3, 4])], 0);
      return g.op('AffineGrid', [theta, size]);
    },
  },
  SimplifiedLayerNormalization: {
    plain: (g, x) => g.op('SimplifiedLayerNormalization', [x, ones(g, [6])], { axis: -1 }),
  },
  ...each(
    'com.microsoft::Gelu com.microsoft::FastGelu com.microsoft::BiasGelu com.microsoft::QuickGelu',
    (name) => ({
      plain: (g, x) =>
        g.op(
          name.replace('com.microsoft::', ''),
          name.endsWith('BiasGelu') ? [x, ones(g, [6])] : [x],
          {},
          { domain: 'com.microsoft' },
        ),
    }),
  ),
  'com.microsoft::SkipLayerNormalization': { plain: (g, x) => skip(g, x, 'SkipLayerNormalization') },
  'com.microsoft::SkipSimplifiedLayerNormalization': {
    plain: (g, x) => skip(g, x, 'SkipSimplifiedLayerNormalization'),
  },
  'com.microsoft::MultiHeadAttention': {
    plain: (g, x) => {
      const rows = g.op('Reshape', [x, g.ints([0, 4, 36])]);
      const inputs = [rows, ones(g, [2, 5, 36]), ones(g, [2, 5, 12])];
      return g.op('MultiHeadAttention', inputs, { num_heads: 3 }, { domain: 'com.microsoft' });
    },
  },
  'com.microsoft::Attention': {
    plain: (g, x) => {
      const inputs = [g.op('Reshape', [x, g.ints([0, 4, 36])]), ones(g, [36, 36]), ones(g, [36])];
      return g.op('Attention', inputs, { num_heads: 3 }, { domain: 'com.microsoft' });
    },
  },
  'com.microsoft::FusedConv': {
    plain: (g, x) =>
      g.op(
        'FusedConv',
        [x, ones(g, [5, 4, 3, 2])],
        { activation: 'Relu', strides: [2, 1] },
        { domain: 'com.microsoft' },
      ),
  },
  'com.microsoft::FusedMatMul': {
    plain: (g, x) =>
      g.op('FusedMatMul', [x, ones(g, [6, 3])], { alpha: float(2) }, { domain: 'com.microsoft' }),
    transposed: (g, x) =>
      g.op('FusedMatMul', [x, ones(g, [4, 3, 6])], { transA: 1, transB: 1 }, { domain: 'com.microsoft' }),
  },
  'com.microsoft::FusedGemm': {
    plain: (g, x) =>
      g.op(
        'FusedGemm',
        [g.op('Flatten', [x]), ones(g, [3, 144]), ones(g, [3])],
        { transB: 1, activation: 'LeakyRelu', activation_alpha: float(0.1) },
        { domain: 'com.microsoft' },
      ),
  },
  Resize: {
    scales: (g, x) => g.op('Resize', [x, '', g.constant(float32([4], [1, 1, 2, 1.5]))]),
    smaller: (g, x) => g.op('Resize', [x, '', g.constant(float32([4], [1, 1, 0.7, 1 / 3]))]),
    sizes: (g, x) =>
      g.op('Resize', [x, '', '', g.concat([g.op('Shape', [x], { end: 2 }), g.ints([9, 3])], 0)]),
    axes: (g, x) =>
      g.op('Resize', [x, '', '', g.ints([12, 3])], {
        axes: [-1, 2],
        mode: 'linear',
        cubic_coeff_a: float(-0.5),
      }),
  },
};

/** Integers of 4 and 16 bits came after the operator set that these graphs are of. */
const NEWER = new Set(['uint16', 'int16', 'four bits, in blocks']);

const { Cast: _, ...onIntegers } = quantizedCases;
const quantized: Readonly<Record<string, Readonly<Record<string, Build>>>> = Object.fromEntries(
  Object.entries(onIntegers).map(([op, builds]) => [
    op,
    Object.fromEntries(
      Object.entries(builds)
        .filter(([title]) => !NEWER.has(title))
        .map(([title, build]): [string, Build] => [title, (g, x) => build(g, x, drawFor(g, title))]),
    ),
  ]),
);
const all = { ...cases, ...controlCases, ...newerCases, ...quantized };

describe('shape inference agrees with ONNX Runtime', () => {
  it.each(Object.keys(operators))('%s has a case', (op) => {
    expect(Object.keys(all[op] ?? {}).length > 0).toBe(!(op in skipped));
  });

  const rows = Object.entries(all).flatMap(([op, builds]) =>
    Object.entries(builds).map(([title, build]) => [`${op}: ${title}`, op, build] as const),
  );
  it.each(rows)('%s', async (_, op, build) => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['N', 4, 6, 6]);
    for (const name of [build(g, x)].flat()) g.output(name);
    const model = { ...g.build(), opsets: opsetsFor(op, g.build()) };
    expect(model.graph.nodes.map(operatorKey)).toContain(op);
    // Without declared types the runtime works out everything by itself.
    const undeclared = {
      ...model,
      graph: { ...model.graph, outputs: g.build().graph.outputs.map(({ name }) => ({ name })) },
    };
    const dims = [SIZES.N!, 4, 6, 6];
    const feed: Tensor = float32(dims, new Float32Array(sizeOf(dims)).fill(0.5));
    for (const [name, value] of Object.entries(await run(undeclared, { x: feed }))) {
      expect([name, g.dtype(name), concrete(g.dims(name))]).toEqual([name, value.dtype, [...value.dims]]);
    }
  });

  it('takes a row of a matrix for a shape', () => {
    const g = new GraphBuilder();
    const rows = g.constant(int64([2, 3], [1, 2, 3, 12, 4, 6]));
    const y = g.op('Reshape', [
      g.input('x', 'float32', ['N', 4, 6, 6]),
      g.gather(rows, g.scalar(1, 'int64')),
    ]);
    expect(g.typeOf(y)?.dims).toEqual([12, 4, 6]);
  });
});
