import { product } from '../dims.js';
import type { Dim } from '../graph.js';
import { float, floats, int, ints, string } from './attributes.js';
import { imageDims } from './convolution.js';
import {
  normalizeAxis,
  type OperatorFamily,
  operator,
  type ShapeContext,
  UnknownShape,
  type UpgradeContext,
} from './operator.js';
import { change, input, trimmed } from './rewrites.js';
import { shaped } from './types.js';

const resizing = {
  antialias: int(0),
  axes: ints(),
  coordinate_transformation_mode: string('half_pixel'),
  cubic_coeff_a: float(-0.75),
  exclude_outside: int(0),
  extrapolation_value: float(0),
  keep_aspect_ratio_policy: string('stretch'),
  mode: string('nearest'),
  nearest_mode: string('round_prefer_floor'),
};

function resize(c: ShapeContext<typeof resizing>): readonly Dim[] {
  if (c.attributes.keep_aspect_ratio_policy !== 'stretch')
    throw new UnknownShape('resize that keeps the aspect ratio');
  const dims = [...c.dims(0)];
  const axes = (c.attributes.axes ?? [...dims.keys()]).map((a) => normalizeAxis(a, dims.length));
  const [sizes, scales] = [c.list(3), c.list(2)];
  if (!sizes && !scales) throw new UnknownShape('sizes that are computed at run time');
  axes.forEach((axis, i) => {
    dims[axis] = sizes ? (sizes[i] ?? c.symbol(axis)) : scaled(dims[axis] ?? 1, scales?.[i], axis, c);
  });
  return dims;
}

/** `floor(size * scale)`, in single precision as the engine computes it. */
function scaled(size: Dim, scale: Dim | undefined, axis: number, c: ShapeContext): Dim {
  if (scale === 1) return size;
  if (typeof size === 'number' && typeof scale === 'number') return Math.floor(Math.fround(size * scale));
  return typeof scale === 'number' && Number.isInteger(scale) ? product([size, scale]) : c.symbol(axis);
}

const oldScales = { scales: floats(), mode: string('nearest') };

/**
 * Before operator set 11 sampling was asymmetric, and ONNX Runtime rounded up when it made an image smaller.
 */
const asymmetric = (c: UpgradeContext<typeof oldScales>) => {
  const { scales: values, mode } = c.attributes;
  const scales = values ? c.floats(values) : input(c, 1);
  const known = values ?? Array.from((c.tensor(1)?.data ?? []) as ArrayLike<number>);
  const shrinks = c.opset === 10 && known.some((s) => s < 1);
  const set = {
    mode,
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: shrinks ? 'ceil' : 'floor',
  };
  const drop = ['scales', 'height_scale', 'width_scale'];
  return [change(c.node, { op: 'Resize', inputs: [input(c), '', scales], set, drop })];
};

export const resampling = {
  Resize: operator({
    attributes: resizing,
    shape: (c) => shaped(c, resize(c)),
    /** Inputs that did not apply were empty tensors; now they are absent. */
    upgrade: {
      before: 13,
      attributes: { scales: floats() },
      rewrite: (c) => {
        if (c.opset < 11) return asymmetric(c);
        const mode = c.attributes.coordinate_transformation_mode;
        const [x, roi, scales, sizes] = [input(c), input(c, 1), input(c, 2), input(c, 3)];
        const inputs = trimmed([x, mode === 'tf_crop_and_resize' ? roi : '', sizes ? '' : scales, sizes]);
        const set = mode === 'tf_half_pixel_for_nn' ? { coordinate_transformation_mode: 'half_pixel' } : {};
        return [change(c.node, { inputs, set })];
      },
    },
  }),
  Upsample: operator({
    attributes: { mode: string('nearest') },
    shape: () => {
      throw new UnknownShape('it is older than the operator sets that are read');
    },
    upgrade: { before: 20, attributes: oldScales, rewrite: asymmetric },
  }),
  AffineGrid: operator({
    attributes: { align_corners: int(0) },
    shape: (c) => {
      const size = c.list(1);
      if (!size) throw new UnknownShape('its size is computed at run time');
      const spatial = size.slice(2);
      return shaped(c, [c.dims(0)[0] ?? 1, ...spatial, spatial.length]);
    },
  }),
  GridSample: operator({
    attributes: { align_corners: int(0), mode: string('linear'), padding_mode: string('zeros') },
    shape: (c) => {
      const [batch, channels] = imageDims(c, 0);
      return shaped(c, [batch, channels, ...c.dims(1).slice(1, -1)]);
    },
    upgrade: {
      before: 20,
      attributes: { mode: string('bilinear') },
      rewrite: (c) => [change(c.node, { set: { mode: c.attributes.mode.replace(/^bi/, '') } })],
    },
  }),
} as const satisfies OperatorFamily;
