import { broadcast, product, sum } from '../dims.js';
import type { Dim } from '../graph.js';
import { float, int, ints, required } from './attributes.js';
import { convolution, convolutionDims, windowed } from './convolution.js';
import { gemmDims, productDims } from './linear.js';
import { normalizeAxis, type OperatorFamily, operator, type ShapeContext, UnknownShape } from './operator.js';
import { quantizedType } from './quantization.js';
import { same, shaped } from './types.js';
import { outputSize, windowOf } from './window.js';

/**
 * Operators on quantized numbers of ONNX Runtime's own domain, as its quantizer and its optimizer write them.
 */

const kernel_shape = required(ints());
const window = { ...windowed, ceil_mode: int(0), kernel_shape };

/** Batch, spatial axes and channels of a stack of images, whichever of them comes last. */
function imageAxes(c: ShapeContext, channelsLast: boolean) {
  const dims = c.dims(0);
  const [batch, channels] = [dims[0], channelsLast ? dims.at(-1) : dims[1]];
  if (batch === undefined || channels === undefined) c.fail(`[${dims}] has no batch and channels`);
  return { batch, channels, spatial: channelsLast ? dims.slice(1, -1) : dims.slice(2) };
}

const imageOf = (
  batch: Dim,
  channels: Dim,
  spatial: readonly Dim[],
  channelsLast: boolean,
): readonly Dim[] => (channelsLast ? [batch, ...spatial, channels] : [batch, channels, ...spatial]);

function pooledDims(c: ShapeContext<typeof window>, channelsLast: boolean): readonly Dim[] {
  const { batch, channels, spatial } = imageAxes(c, channelsLast);
  const w = windowOf(c.attributes, c.attributes.kernel_shape, spatial);
  return imageOf(batch, channels, outputSize(spatial, w, c.attributes.ceil_mode === 1, c), channelsLast);
}

function broadcastInputs(c: ShapeContext, inputs: readonly number[]): readonly Dim[] {
  return inputs
    .map((i) => c.dims(i))
    .reduce((a, b) => broadcast(a, b) ?? c.fail(`[${a}] and [${b}] cannot be broadcast together`));
}

/** Two quantized operands, each followed by its scale and zero point. */
const binary = operator({ attributes: {}, shape: (c) => shaped(c, broadcastInputs(c, [0, 3])) });
const unary = operator({ attributes: {}, shape: same });

/** Rows of a table whose last axis may hold two numbers in each byte. */
function gatheredDims(c: ShapeContext, bits: number, gatherAxis: number): readonly Dim[] {
  const stored = c.dims(0);
  const packed = c.type(0).dtype === 'uint8' ? 8 / bits : 1;
  const data = stored.map((dim, axis) => (axis === stored.length - 1 ? product([dim, packed]) : dim));
  const axis = normalizeAxis(gatherAxis, data.length);
  return [...data.slice(0, axis), ...c.dims(1), ...data.slice(axis + 1)];
}

export const microsoftQuantized = {
  'com.microsoft::QuantizeLinear': operator({
    attributes: { axis: int() },
    shape: (c) => [{ ...c.type(0), dtype: quantizedType(c, 2) }],
  }),
  'com.microsoft::DequantizeLinear': operator({
    attributes: { axis: int() },
    shape: (c) => [{ ...c.type(0), dtype: c.type(1).dtype }],
  }),
  'com.microsoft::QLinearConv': operator({
    attributes: { ...convolution, channels_last: int(0) },
    shape: (c) => {
      if (c.attributes.channels_last) throw new UnknownShape('its channels come last');
      return [{ dtype: c.type(7).dtype, dims: convolutionDims(c, 3) }];
    },
  }),
  'com.microsoft::QGemm': operator({
    attributes: { alpha: float(1), transA: int(0), transB: int(0) },
    shape: (c) => {
      const dims = gemmDims(c, c.attributes.transA, c.attributes.transB, 3);
      return [{ dtype: c.has(7) ? quantizedType(c, 8) : 'float32', dims }];
    },
  }),
  'com.microsoft::QLinearAdd': binary,
  'com.microsoft::QLinearMul': binary,
  'com.microsoft::QLinearConcat': operator({
    attributes: { axis: required(int()) },
    shape: (c) => {
      const parts = Array.from({ length: Math.floor((c.node.inputs.length - 2) / 3) }, (_, i) => 2 + 3 * i);
      const first = c.dims(2);
      const axis = normalizeAxis(c.attributes.axis, first.length);
      const size = sum(parts.map((i) => c.dims(i)[axis] ?? c.fail(`no axis ${axis} in [${c.dims(i)}]`)));
      return [{ dtype: c.type(2).dtype, dims: first.map((dim, a) => (a === axis ? size : dim)) }];
    },
  }),
  'com.microsoft::QLinearWhere': operator({
    attributes: {},
    shape: (c) => [{ dtype: c.type(1).dtype, dims: broadcastInputs(c, [0, 1, 4]) }],
  }),
  'com.microsoft::QLinearAveragePool': operator({
    attributes: { ...window, channels_last: int(0), count_include_pad: int(0) },
    shape: (c) => shaped(c, pooledDims(c, c.attributes.channels_last === 1)),
  }),
  'com.microsoft::QLinearGlobalAveragePool': operator({
    attributes: { channels_last: int(0) },
    shape: (c) => {
      const last = c.attributes.channels_last === 1;
      const { batch, channels, spatial } = imageAxes(c, last);
      return shaped(
        c,
        imageOf(
          batch,
          channels,
          spatial.map(() => 1),
          last,
        ),
      );
    },
  }),
  'com.microsoft::NhwcMaxPool': operator({
    attributes: { ...window, dilations: ints() },
    shape: (c) => shaped(c, pooledDims(c, true)),
  }),
  'com.microsoft::QLinearSigmoid': unary,
  'com.microsoft::QLinearLeakyRelu': operator({ attributes: { alpha: float(0.01) }, shape: same }),
  'com.microsoft::QLinearSoftmax': operator({
    attributes: { axis: int(-1), opset: required(int()) },
    shape: same,
  }),
  'com.microsoft::DynamicQuantizeMatMul': operator({
    attributes: {},
    shape: (c) => [{ dtype: 'float32', dims: productDims(c, c.dims(0), c.dims(1)) }],
  }),
  'com.microsoft::MatMulIntegerToFloat': operator({
    attributes: {},
    shape: (c) => [{ dtype: c.type(2).dtype, dims: productDims(c, c.dims(0), c.dims(1)) }],
  }),
  'com.microsoft::MatMulNBits': operator({
    attributes: {
      K: required(int()),
      N: required(int()),
      accuracy_level: int(0),
      bits: int(4),
      block_size: required(int()),
      weight_prepacked: int(0),
    },
    shape: (c) => shaped(c, [...c.dims(0).slice(0, -1), c.attributes.N]),
  }),
  'com.microsoft::GatherBlockQuantized': operator({
    attributes: { bits: int(4), block_size: int(128), gather_axis: int(0), quantize_axis: int(1) },
    shape: (c) => [
      { dtype: c.type(2).dtype, dims: gatheredDims(c, c.attributes.bits, c.attributes.gather_axis) },
    ],
  }),
} as const satisfies OperatorFamily;
