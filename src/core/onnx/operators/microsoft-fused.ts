import { isStatic } from '../dims.js';
import type { Dim } from '../graph.js';
import { arrangement } from './arrangement.js';
import { float, int, required, string, strings } from './attributes.js';
import { convolution, convolvedDims } from './convolution.js';
import { indexing } from './indexing.js';
import { productDims, swapped } from './linear.js';
import { type OperatorFamily, operator, type ShapeContext, UnknownShape } from './operator.js';
import { recurrent, states } from './recurrent.js';
import { resampling } from './resampling.js';
import { shapes } from './shapes.js';
import { same, shaped } from './types.js';

/**
 * Operators of ONNX Runtime's own domain that stand for several of standard ONNX, or for one that standard
 * ONNX did not have yet.
 */

const { layout: _, ...stepwise } = recurrent;

const grouped = {
  activation: required(int()),
  channels_last: int(1),
  epsilon: float(1e-5),
  groups: required(int()),
};

const half = (size: Dim | undefined, c: ShapeContext): Dim =>
  typeof size === 'number' ? size / 2 : c.symbol('half');

/** Weights lie as [M, kH, kW, C / group], images as [N, H, W, C]. */
function channelsLastDims(c: ShapeContext<typeof convolution>): readonly Dim[] {
  const [images, weights] = [c.dims(0), c.dims(1)];
  const first = (dims: readonly Dim[]): readonly Dim[] => [
    dims[0] ?? 1,
    dims.at(-1) ?? 1,
    ...dims.slice(1, -1),
  ];
  const [batch = 1, channels = 1, ...spatial] = convolvedDims(c, first(images), first(weights));
  return [batch, ...spatial, channels];
}

export const microsoftFused = {
  'com.microsoft::BiasAdd': operator({ attributes: {}, shape: same }),
  'com.microsoft::BiasSplitGelu': operator({
    attributes: {},
    shape: (c) => {
      const dims = c.dims(0);
      return shaped(c, [...dims.slice(0, -1), half(dims.at(-1), c)]);
    },
  }),
  'com.microsoft::BiasSoftmax': operator({
    attributes: { axis: int(1), is_inner_broadcast: required(int()) },
    shape: same,
  }),
  'com.microsoft::GemmFastGelu': operator({
    attributes: {},
    shape: (c) => shaped(c, productDims(c, c.dims(0), c.dims(1))),
  }),
  'com.microsoft::TransposeMatMul': operator({
    attributes: { alpha: float(1), transA: int(0), transB: int(0) },
    shape: (c) => {
      const { transA, transB } = c.attributes;
      return shaped(c, productDims(c, swapped(c.dims(0), transA), swapped(c.dims(1), transB)));
    },
  }),
  'com.microsoft::GroupNorm': operator({ attributes: grouped, shape: same }),
  'com.microsoft::SkipGroupNorm': operator({
    attributes: grouped,
    shape: (c) => [c.type(0), c.type(0)],
  }),
  'com.microsoft::NhwcConv': operator({
    attributes: convolution,
    shape: (c) => shaped(c, channelsLastDims(c)),
  }),
  'com.microsoft::GatherND': operator({
    attributes: {},
    shape: (c) => {
      const [data, index] = [c.dims(0), c.dims(1)];
      const length = index.at(-1);
      if (typeof length !== 'number') throw new UnknownShape('the length of its index tuples is unknown');
      return shaped(c, [...index.slice(0, -1), ...data.slice(length)]);
    },
  }),
  'com.microsoft::GridSample': operator({
    attributes: { align_corners: int(0), mode: string('bilinear'), padding_mode: string('zeros') },
    shape: resampling.GridSample.shape,
  }),
  'com.microsoft::Pad': operator({ attributes: { mode: string('constant') }, shape: indexing.Pad.shape }),
  'com.microsoft::ExpandDims': operator({
    attributes: {},
    shape: (c) => {
      const dims = c.dims(0);
      const [axis] = c.numbers(1);
      if (axis === undefined) throw new UnknownShape('its axis is computed at run time');
      const at = axis < 0 ? axis + dims.length + 1 : axis;
      return shaped(c, [...dims.slice(0, at), 1, ...dims.slice(at)]);
    },
  }),
  'com.microsoft::Trilu': operator({ attributes: { upper: int(1) }, shape: arrangement.Trilu.shape }),
  'com.microsoft::Range': operator({ attributes: {}, shape: shapes.Range.shape }),
  'com.microsoft::Inverse': operator({ attributes: {}, shape: same }),
  'com.microsoft::CDist': operator({
    attributes: { metric: string('sqeuclidean') },
    shape: (c) => shaped(c, [c.dims(0)[0] ?? 1, c.dims(1)[0] ?? 1]),
  }),
  'com.microsoft::CropAndResize': operator({
    attributes: { extrapolation_value: float(0), mode: string('bilinear') },
    shape: (c) => {
      const size = c.list(3);
      if (!size || !isStatic(size)) throw new UnknownShape('its size is computed at run time');
      return shaped(c, [c.dims(1)[0] ?? 1, c.dims(0)[1] ?? 1, ...size]);
    },
  }),
  'com.microsoft::RotaryEmbedding': operator({
    attributes: {
      interleaved: int(),
      is_packed_batching: int(),
      num_heads: int(),
      rotary_embedding_dim: int(),
      scale: float(),
    },
    shape: same,
  }),
  'com.microsoft::DynamicQuantizeLSTM': operator({
    attributes: { ...stepwise, activations: strings(), input_forget: int(0) },
    // Weights are transposed: [directions, hidden, 4 hidden].
    shape: (c) => states(c, 2, false, c.dims(2)[1]),
  }),
} as const satisfies OperatorFamily;
