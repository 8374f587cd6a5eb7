import {
  type DType,
  float,
  float32,
  type GraphBuilder,
  sizeOf,
  stream,
  type Tensor,
  tensor,
} from './toolkit.js';

/** One node of an operator that computes with integers, between an image and a result. */
export type QuantizedBuild = (g: GraphBuilder, x: string, draw: Draw) => string;

/** Constants of a case, drawn from its own random numbers. */
export interface Draw {
  floats(dims: readonly number[], low?: number, high?: number): string;
  integers(dtype: 'int8' | 'uint8', dims: readonly number[]): string;
  int32(dims: readonly number[], size: number): string;
}

export function drawFor(g: GraphBuilder, name: string): Draw {
  const random = stream(1, 'quantized', name);
  const fill = <T extends { [i: number]: number; length: number }>(array: T, next: () => number): T => {
    for (let i = 0; i < array.length; i++) array[i] = next();
    return array;
  };
  return {
    floats: (dims, low = -1, high = 1) =>
      g.constant(
        float32(
          dims,
          fill(new Float32Array(sizeOf(dims)), () => low + (high - low) * random.uniform()),
        ),
      ),
    integers: (dtype, dims) => {
      const data = dtype === 'int8' ? new Int8Array(sizeOf(dims)) : new Uint8Array(sizeOf(dims));
      // Small enough for the saturating additions of processors without VNNI.
      const next = () => Math.floor(64 * random.uniform()) - (dtype === 'int8' ? 32 : 0);
      return g.constant(tensor(dtype, dims, fill(data, next) as never));
    },
    int32: (dims, size) =>
      g.constant(
        tensor(
          'int32',
          dims,
          fill(new Int32Array(sizeOf(dims)), () => Math.floor(size * (2 * random.uniform() - 1))),
        ),
      ),
  };
}

/** A constant zero point. */
export const zero = (g: GraphBuilder, dtype: DType, ...values: number[]): string => {
  const data = values.map((v) => (v < 0 ? v + (/16/.test(dtype) ? 65536 : 256) : v));
  const arrays = {
    int8: () => Int8Array.from(data),
    uint8: () => Uint8Array.from(data),
    int16: () => Int16Array.from(data),
    uint16: () => Uint16Array.from(data),
    int4: () => Int8Array.from(values),
    uint4: () => Uint8Array.from(values),
  } as const;
  const make = arrays[dtype as keyof typeof arrays];
  const dims = values.length === 1 ? [] : [values.length];
  return g.constant({ dtype, dims, data: make() } as unknown as Tensor);
};

export const scale = (g: GraphBuilder, ...values: number[]): string =>
  g.constant(float32(values.length === 1 ? [] : [values.length], values));

/** Bytes that hold codes of few bits. */
const packed = (g: GraphBuilder, dims: readonly number[]) =>
  g.constant(
    tensor(
      'uint8',
      dims,
      Uint8Array.from({ length: sizeOf(dims) }, (_, i) => (i * 37) % 256),
    ),
  );

const ms = { domain: 'com.microsoft' };
const quantize = (g: GraphBuilder, x: string, dtype: DType = 'uint8', z = 120) =>
  g.op('QuantizeLinear', [x, scale(g, 0.02), zero(g, dtype, z)]);

/** The scale and the zero point that `quantize` uses, and those of the result. */
const input = (g: GraphBuilder, dtype: DType = 'uint8', z = 120) => [scale(g, 0.02), zero(g, dtype, z)];
const output = (g: GraphBuilder, s: number, dtype: DType = 'uint8', z = 100) => [
  scale(g, s),
  zero(g, dtype, z),
];

type Cases = Readonly<Record<string, QuantizedBuild>>;

const unary = (op: string, attributes: Parameters<GraphBuilder['op']>[2] = {}, s = 0.015): Cases => ({
  unsigned: (g, x) => g.op(op, [quantize(g, x), ...input(g), ...output(g, s)], attributes, ms),
  signed: (g, x) => {
    const parameters = [...input(g, 'int8', -5), ...output(g, s, 'int8', -7)];
    return g.op(op, [quantize(g, x, 'int8', -5), ...parameters], attributes, ms);
  },
});

const binary = (op: string): Cases => ({
  'a constant': (g, x, draw) => {
    const other = [draw.integers('uint8', [4, 1, 6]), scale(g, 0.03), zero(g, 'uint8', 30)];
    return g.op(op, [quantize(g, x), ...input(g), ...other, ...output(g, 0.03)], {}, ms);
  },
  'both computed': (g, x) => {
    const second = quantize(g, g.mul(x, 0.5), 'int8', 4);
    const first = [quantize(g, x, 'int8', 4), ...input(g, 'int8', 4)];
    return g.op(op, [...first, second, ...input(g, 'int8', 4), ...output(g, 0.02, 'int8', -3)], {}, ms);
  },
});

const convolved =
  (domain: string) => (g: GraphBuilder, x: string, weight: string, parameters: string[], bias?: string) =>
    g.op(
      'QLinearConv',
      [quantize(g, x), ...input(g), weight, ...parameters, ...output(g, 0.05), ...(bias ? [bias] : [])],
      { pads: [1, 1, 0, 0], strides: [2, 1] },
      { domain },
    );

const matrix = (g: GraphBuilder, x: string) => g.op('Flatten', [x], { axis: 2 });

/**
 * The input of every case is x, float32 [2, 4, 6, 6] with values from -2 to 2; every result
 * is quantized or float32.
 */
export const quantizedCases: Readonly<Record<string, Cases>> = {
  QuantizeLinear: {
    uint8: (g, x) => quantize(g, x),
    'int8 by channel': (g, x) =>
      g.op('QuantizeLinear', [x, scale(g, 0.02, 0.01, 0.05, 0.004), zero(g, 'int8', 3, -4, 0, 9)], {
        axis: 1,
      }),
    uint16: (g, x) => g.op('QuantizeLinear', [x, scale(g, 1e-4), zero(g, 'uint16', 9000)]),
    int16: (g, x) => g.op('QuantizeLinear', [x, scale(g, 5e-5), zero(g, 'int16', 0)]),
    'no zero point': (g, x) => g.op('QuantizeLinear', [x, scale(g, 0.02)]),
  },
  DequantizeLinear: {
    uint8: (g, x) => g.op('DequantizeLinear', [quantize(g, x), ...input(g)]),
    'by channel': (g, x) =>
      g.op(
        'DequantizeLinear',
        [quantize(g, x, 'int8', 0), scale(g, 0.1, 0.2, 0.3, 0.4), zero(g, 'int8', 0, 0, 0, 0)],
        {
          axis: -3,
        },
      ),
    'four bits, in blocks': (g, x, draw) => {
      const codes = Int8Array.from({ length: 36 }, (_, i) => ((i * 5) % 16) - 8);
      const weight = g.constant(tensor('int4', [6, 6], codes));
      const inputs = [weight, draw.floats([3, 6], 0.01, 0.1)];
      return g.matmul(x, g.op('DequantizeLinear', inputs, { axis: 0, block_size: 2 }));
    },
    weights: (g, x, draw) => {
      const weight = [
        draw.integers('int8', [4, 1, 6]),
        scale(g, 0.1, 0.2, 0.3, 0.4),
        zero(g, 'int8', 1, 0, -2, 3),
      ];
      return g.mul(x, g.op('DequantizeLinear', weight, { axis: 0 }));
    },
  },
  'com.microsoft::QuantizeLinear': {
    uint8: (g, x) => g.op('QuantizeLinear', [x, scale(g, 0.02), zero(g, 'uint8', 99)], {}, ms),
    int16: (g, x) => g.op('QuantizeLinear', [x, scale(g, 5e-5), zero(g, 'int16', 10)], {}, ms),
    'by channel': (g, x) => {
      const parameters = [scale(g, 0.02, 0.01, 0.05, 0.004), zero(g, 'int8', 3, -4, 0, 9)];
      return g.op('QuantizeLinear', [x, ...parameters], { axis: 1 }, ms);
    },
  },
  'com.microsoft::DequantizeLinear': {
    uint8: (g, x) => g.op('DequantizeLinear', [quantize(g, x), ...input(g)], {}, ms),
  },
  DynamicQuantizeLinear: {
    codes: (g, x) => g.op('DynamicQuantizeLinear', [x], {}, { outputs: 3 }),
    numbers: (g, x) => {
      const [q = '', s = '', z = ''] = g.ops('DynamicQuantizeLinear', [x], {}, { outputs: 3 });
      return g.op('DequantizeLinear', [q, s, z]);
    },
  },
  Cast: {
    'to integers and back': (g, x) => g.cast(g.cast(g.mul(x, 40), 'int8'), 'float32'),
    'to bytes': (g, x) => g.cast(g.mul(g.op('Abs', [x]), 100), 'uint8'),
    'to half precision': (g, x) => g.cast(g.exp(g.cast(x, 'float16')), 'float32'),
  },
  QLinearConv: {
    plain: (g, x, draw) =>
      convolved('')(g, x, draw.integers('int8', [5, 4, 3, 3]), [scale(g, 0.01), zero(g, 'int8', 0)]),
    'by channel, with bias': (g, x, draw) => {
      const parameters = [scale(g, 0.01, 0.02, 0.03), zero(g, 'int8', 0, 0, 0)];
      return convolved('')(g, x, draw.integers('int8', [3, 4, 3, 3]), parameters, draw.int32([3], 2000));
    },
    'unsigned weights': (g, x, draw) =>
      convolved('')(g, x, draw.integers('uint8', [5, 4, 3, 3]), [scale(g, 0.01), zero(g, 'uint8', 30)]),
  },
  'com.microsoft::QLinearConv': {
    plain: (g, x, draw) =>
      convolved('com.microsoft')(g, x, draw.integers('int8', [5, 4, 3, 3]), [
        scale(g, 0.01),
        zero(g, 'int8', 0),
      ]),
  },
  QLinearMatMul: {
    plain: (g, x, draw) => {
      const weight = [draw.integers('int8', [6, 3]), scale(g, 0.01), zero(g, 'int8', 0)];
      return g.op('QLinearMatMul', [quantize(g, x), ...input(g), ...weight, ...output(g, 0.03)]);
    },
    'by column': (g, x, draw) => {
      const weight = [draw.integers('int8', [6, 3]), scale(g, 0.01, 0.02, 0.03), zero(g, 'int8', 0, 0, 0)];
      return g.op('QLinearMatMul', [quantize(g, x), ...input(g), ...weight, ...output(g, 0.03)]);
    },
    'both computed': (g, x) => {
      const other = [quantize(g, g.transpose(x, [0, 1, 3, 2])), ...input(g)];
      return g.op('QLinearMatMul', [quantize(g, x), ...input(g), ...other, ...output(g, 0.05)]);
    },
  },
  ConvInteger: {
    plain: (g, x, draw) => {
      const operands = [quantize(g, x), draw.integers('uint8', [5, 4, 3, 3])];
      const sums = g.op('ConvInteger', [...operands, zero(g, 'uint8', 120), zero(g, 'uint8', 30)], {
        pads: [1, 1, 1, 1],
      });
      return g.mul(g.cast(sums, 'float32'), 1e-3);
    },
    'no zero points': (g, x, draw) =>
      g.mul(
        g.cast(g.op('ConvInteger', [quantize(g, x), draw.integers('uint8', [5, 4, 3, 3])]), 'float32'),
        1e-3,
      ),
  },
  MatMulInteger: {
    plain: (g, x, draw) => {
      const operands = [quantize(g, x), draw.integers('int8', [6, 3])];
      const sums = g.op('MatMulInteger', [...operands, zero(g, 'uint8', 120), zero(g, 'int8', 2)]);
      return g.mul(g.cast(sums, 'float32'), 1e-3);
    },
    'with a bias of integers': (g, x, draw) => {
      const sums = g.op('MatMulInteger', [
        quantize(g, x),
        draw.integers('int8', [6, 3]),
        zero(g, 'uint8', 120),
      ]);
      return g.mul(g.cast(g.add(sums, draw.int32([3], 4000)), 'float32'), 1e-3);
    },
  },
  'com.microsoft::QGemm': {
    'quantized result': (g, x, draw) => {
      const weight = [draw.integers('int8', [3, 36]), scale(g, 0.01, 0.02, 0.03), zero(g, 'int8', 0, 0, 0)];
      const inputs = [
        quantize(g, matrix(g, x)),
        ...input(g),
        ...weight,
        draw.int32([3], 3000),
        ...output(g, 0.05),
      ];
      return g.op('QGemm', inputs, { transB: 1 }, ms);
    },
    'numbers as result': (g, x, draw) => {
      const weight = [draw.integers('uint8', [36, 3]), scale(g, 0.01), zero(g, 'uint8', 30)];
      const inputs = [quantize(g, matrix(g, x)), ...input(g), ...weight, draw.int32([3], 3000)];
      return g.op('QGemm', inputs, { alpha: float(0.5) }, ms);
    },
  },
  'com.microsoft::QLinearAdd': binary('QLinearAdd'),
  'com.microsoft::QLinearMul': binary('QLinearMul'),
  'com.microsoft::QLinearConcat': {
    channels: (g, x, draw) => {
      const first = [quantize(g, x), ...input(g)];
      const second = [draw.integers('uint8', [2, 3, 6, 6]), scale(g, 0.03), zero(g, 'uint8', 30)];
      return g.op('QLinearConcat', [...output(g, 0.02), ...first, ...second], { axis: 1 }, ms);
    },
  },
  'com.microsoft::QLinearWhere': {
    plain: (g, x, draw) => {
      const first = [quantize(g, x), ...input(g)];
      const second = [draw.integers('uint8', [4, 1, 6]), scale(g, 0.03), zero(g, 'uint8', 30)];
      const condition = g.greater(draw.floats([4, 6, 6]), 0);
      return g.op('QLinearWhere', [condition, ...first, ...second, ...output(g, 0.02)], {}, ms);
    },
  },
  'com.microsoft::QLinearAveragePool': {
    ...unary('QLinearAveragePool', { kernel_shape: [2, 3], strides: [2, 1], pads: [1, 1, 0, 1] }),
    ...Object.fromEntries([
      [
        'channels last',
        (g: GraphBuilder, x: string) => {
          const images = quantize(g, g.transpose(x, [0, 2, 3, 1]));
          const attributes = {
            kernel_shape: [3, 3],
            channels_last: 1,
            count_include_pad: 1,
            pads: [1, 1, 1, 1],
          };
          return g.op('QLinearAveragePool', [images, ...input(g), ...output(g, 0.015)], attributes, ms);
        },
      ],
    ]),
  },
  'com.microsoft::QLinearGlobalAveragePool': unary('QLinearGlobalAveragePool', {}, 0.004),
  'com.microsoft::NhwcMaxPool': {
    plain: (g, x) =>
      g.op(
        'NhwcMaxPool',
        [quantize(g, g.transpose(x, [0, 2, 3, 1]))],
        { kernel_shape: [2, 2], strides: [2, 2] },
        ms,
      ),
  },
  'com.microsoft::QLinearSigmoid': unary('QLinearSigmoid', {}, 0.004),
  'com.microsoft::QLinearLeakyRelu': unary('QLinearLeakyRelu', { alpha: float(0.2) }),
  'com.microsoft::QLinearSoftmax': {
    'last axis': (g, x) => {
      const inputs = [quantize(g, x), ...input(g), scale(g, 1 / 256), zero(g, 'uint8', 0)];
      return g.op('QLinearSoftmax', inputs, { opset: 13, axis: -1 }, ms);
    },
    'all axes behind the first, as of old': (g, x) => {
      const inputs = [quantize(g, x), ...input(g), scale(g, 1 / 2048), zero(g, 'uint8', 0)];
      return g.op('QLinearSoftmax', inputs, { opset: 12, axis: 1 }, ms);
    },
  },
  'com.microsoft::DynamicQuantizeMatMul': {
    'with bias': (g, x, draw) => {
      const weight = [draw.integers('int8', [6, 3]), scale(g, 0.01), zero(g, 'int8', 0)];
      return g.op('DynamicQuantizeMatMul', [x, ...weight, draw.floats([3])], {}, ms);
    },
  },
  'com.microsoft::MatMulIntegerToFloat': {
    'with bias': (g, x, draw) => {
      const operands = [
        quantize(g, x),
        draw.integers('int8', [6, 3]),
        scale(g, 0.02),
        scale(g, 0.01, 0.02, 0.03),
      ];
      const zeros = [zero(g, 'uint8', 120), zero(g, 'int8', 0, 0, 0)];
      return g.op('MatMulIntegerToFloat', [...operands, ...zeros, draw.floats([3])], {}, ms);
    },
  },
  'com.microsoft::QAttention': {
    'a scale for each column': (g, x, draw) => {
      const rows = quantize(g, g.op('Reshape', [x, g.ints([0, 4, 36])]));
      const columns = Array.from({ length: 18 }, (_, i) => 0.005 + 0.0005 * i);
      const inputs = [rows, draw.integers('int8', [36, 18]), draw.floats([18])];
      const parameters = [scale(g, 0.02), scale(g, ...columns), '', zero(g, 'uint8', 120)];
      return g.op('QAttention', [...inputs, ...parameters], { num_heads: 2 }, ms);
    },
  },
  'com.microsoft::DynamicQuantizeLSTM': {
    'one direction': (g, x, draw) => {
      const steps = g.transpose(g.op('Reshape', [x, g.ints([0, 4, 36])]), [1, 0, 2]);
      const weights = [draw.integers('int8', [1, 36, 12]), draw.integers('int8', [1, 3, 12])];
      const factors = [0.01, 0.02].flatMap((by) => [
        g.constant(float32([1], [by])),
        g.constant(tensor('int8', [1], Int8Array.of(0))),
      ]);
      const inputs = [steps, ...weights, draw.floats([1, 24]), '', '', '', '', ...factors];
      return g.ops('DynamicQuantizeLSTM', inputs, { hidden_size: 3 }, { ...ms, outputs: 3 })[0] ?? '';
    },
  },
  'com.microsoft::MatMulNBits': {
    'four bits': (g, x, draw) => {
      const bytes = g.constant(
        tensor(
          'uint8',
          [3, 3, 8],
          Uint8Array.from({ length: 72 }, (_, i) => (i * 37) % 256),
        ),
      );
      const inputs = [matrix(g, x), bytes, draw.floats([9], 0.01, 0.1)];
      return g.op('MatMulNBits', inputs, { K: 36, N: 3, bits: 4, block_size: 16 }, ms);
    },
    'four bits, zero points': (g, x, draw) => {
      const bytes = g.constant(
        tensor(
          'uint8',
          [3, 3, 8],
          Uint8Array.from({ length: 72 }, (_, i) => (i * 37) % 256),
        ),
      );
      const zeros = g.constant(tensor('uint8', [6], Uint8Array.of(0x87, 0x06, 0x79, 0x08, 0x5a, 0x09)));
      const inputs = [matrix(g, x), bytes, draw.floats([9], 0.01, 0.1), zeros];
      return g.op('MatMulNBits', inputs, { K: 36, N: 3, bits: 4, block_size: 16 }, ms);
    },
    'eight bits': (g, x, draw) => {
      const bytes = packed(g, [3, 3, 16]);
      const inputs = [matrix(g, x), bytes, draw.floats([9], 0.001, 0.01)];
      return g.op('MatMulNBits', inputs, { K: 36, N: 3, bits: 8, block_size: 16 }, ms);
    },
  },
  'com.microsoft::GatherBlockQuantized': {
    'unsigned, packed': (g, x, draw) => {
      const inputs = [packed(g, [5, 16]), g.ints([3, 0]), draw.floats([5, 2], 0.01, 0.1)];
      const rows = g.op('GatherBlockQuantized', inputs, { block_size: 16 }, ms);
      return g.mul(x, g.reshape(g.slice(rows, [1], [13], [19]), [2, 1, 1, 6]));
    },
  },
};
