import type { ValueType } from '../graph.js';
import { float, int, ints, required, string } from './attributes.js';
import { imageDims, windowed } from './convolution.js';
import { type OperatorFamily, operator, type ShapeContext, UnknownShape } from './operator.js';
import { change } from './rewrites.js';
import { shaped } from './types.js';
import { outputSize, windowOf } from './window.js';

const kernel_shape = required(ints());
const pooling = { ...windowed, ceil_mode: int(0), dilations: ints(), kernel_shape };

function pooled(c: ShapeContext<typeof pooling>): ValueType {
  const [batch, channels, ...spatial] = imageDims(c, 0);
  const { kernel_shape, ceil_mode } = c.attributes;
  const size = outputSize(spatial, windowOf(c.attributes, kernel_shape, spatial), ceil_mode === 1, c);
  return { dtype: c.type(0).dtype, dims: [batch, channels, ...size] };
}

const globalPool = (c: ShapeContext) =>
  shaped(
    c,
    c.dims(0).map((d, axis) => (axis < 2 ? d : 1)),
  );

export const poolings = {
  MaxPool: operator({
    attributes: { ...pooling, storage_order: int(0) },
    shape: (c) => {
      const type = pooled(c);
      return [type, { ...type, dtype: 'int64' }];
    },
  }),
  AveragePool: operator({
    attributes: { ...pooling, count_include_pad: int(0) },
    shape: (c) => [pooled(c)],
  }),
  LpPool: operator({ attributes: { ...pooling, p: int(2) }, shape: (c) => [pooled(c)] }),
  GlobalAveragePool: operator({ attributes: {}, shape: globalPool }),
  GlobalLpPool: operator({ attributes: { p: int(2) }, shape: globalPool }),
  GlobalMaxPool: operator({ attributes: {}, shape: globalPool }),
  MaxUnpool: operator({
    attributes: { kernel_shape, pads: ints(), strides: ints() },
    shape: (c) => {
      const shape = c.list(2);
      if (shape) return shaped(c, shape);
      const { kernel_shape: kernel } = c.attributes;
      const [batch, channels, ...spatial] = imageDims(c, 0);
      const w = windowOf({ ...c.attributes, auto_pad: 'NOTSET' }, kernel, spatial);
      const size = spatial.map((length, axis) => {
        if (typeof length !== 'number') throw new UnknownShape('a spatial size is not static');
        const cropped = (w.pads[axis] ?? 0) + (w.pads[axis + spatial.length] ?? 0);
        return (length - 1) * (w.strides[axis] ?? 1) + (kernel[axis] ?? 1) - cropped;
      });
      return shaped(c, [batch, channels, ...size]);
    },
  }),
  MaxRoiPool: operator({
    attributes: { pooled_shape: required(ints()), spatial_scale: float(1) },
    shape: (c) => {
      const [, channels] = imageDims(c, 0);
      const [regions = c.symbol(0)] = c.dims(1);
      return shaped(c, [regions, channels, ...c.attributes.pooled_shape]);
    },
  }),
  RoiAlign: operator({
    attributes: {
      coordinate_transformation_mode: string('half_pixel'),
      mode: string('avg'),
      output_height: int(1),
      output_width: int(1),
      sampling_ratio: int(0),
      spatial_scale: float(1),
    },
    shape: (c) => {
      const [, channels] = imageDims(c, 0);
      const [regions = c.symbol(0)] = c.dims(1);
      return shaped(c, [regions, channels, c.attributes.output_height, c.attributes.output_width]);
    },
    upgrade: {
      before: 16,
      rewrite: (c) => [change(c.node, { set: { coordinate_transformation_mode: 'output_half_pixel' } })],
    },
  }),
} as const satisfies OperatorFamily;
