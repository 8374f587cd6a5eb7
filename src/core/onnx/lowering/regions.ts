import { float32, type Tensor } from '../../tensor/tensor.js';
import { toFloat32 } from '../../tensor/to-float32.js';
import { isStatic } from '../dims.js';
import type { LoweringFamily } from './lowering.js';

/** Pooling of regions of images (Girshick 2015, Fast R-CNN; He et al. 2017, Mask R-CNN). */

/** Parts of regions that are written out one by one. */
const MAX_PARTS = 4096;

/** Rows of numbers of a constant. */
function rowsOf(value: Tensor | undefined): readonly Float32Array[] | undefined {
  const numbers = value && toFloat32(value)?.data;
  const [count = 0, width = 0] = value?.dims ?? [];
  return numbers && Array.from({ length: count }, (_, i) => numbers.subarray(i * width, (i + 1) * width));
}

/**
 * What each of `parts` along one axis takes of the `size` elements: the mean over sampling points, each
 * between two neighbouring elements.
 */
function axisWeights(
  start: number,
  end: number,
  size: number,
  parts: number,
  sampling: number,
  shift: number,
) {
  const length = shift === 0 ? Math.max(end - start, 1) : end - start;
  const width = length / parts;
  const points = sampling > 0 ? sampling : Math.ceil(width);
  const weights = new Float32Array(parts * size);
  for (let part = 0; part < parts; part++) {
    for (let point = 0; point < points; point++) {
      const at = start + part * width + ((point + 0.5) * width) / points;
      if (at < -1 || at > size) continue;
      const inside = Math.min(Math.max(at, 0), size - 1);
      const low = Math.min(Math.floor(inside), size - 1);
      const [first, second] = [part * size + low, part * size + Math.min(low + 1, size - 1)];
      weights[first] = (weights[first] ?? 0) + (1 - (inside - low)) / points;
      weights[second] = (weights[second] ?? 0) + (inside - low) / points;
    }
  }
  return weights;
}

export const regions = {
  /** Every part of a region is a mean of samples, so that the whole is one product for each axis. */
  RoiAlign: (c) => {
    const { g } = c;
    const { mode, output_height, output_width, sampling_ratio, spatial_scale } = c.attributes;
    const shift = c.attributes.coordinate_transformation_mode === 'half_pixel' ? 0.5 : 0;
    const [, , ...spatial] = c.dims(0);
    const boxes = rowsOf(g.initializerOf(c.x(1)));
    if (mode !== 'avg' || !boxes || spatial.length !== 2 || !isStatic(spatial)) return undefined;
    const [height = 1, width = 1] = spatial;
    const along = (from: number, size: number, parts: number) =>
      Float32Array.from(
        boxes.flatMap((box) => {
          const [start = 0, end = 0] = [box[from], box[from + 2]].map(
            (place) => (place ?? 0) * spatial_scale - shift,
          );
          return [...axisWeights(start, end, size, parts, sampling_ratio, shift)];
        }),
      );
    const rows = float32([boxes.length, 1, output_height, height], along(1, height, output_height));
    const columns = float32([boxes.length, 1, output_width, width], along(0, width, output_width));
    const images = g.gather(c.x(0), c.x(2));
    const narrow = g.matmul(g.constant(rows), images);
    return [g.matmul(narrow, g.transpose(g.constant(columns), [0, 1, 3, 2]))];
  },
  MaxRoiPool: (c) => {
    const { g } = c;
    const { pooled_shape, spatial_scale } = c.attributes;
    const [, , ...spatial] = c.dims(0);
    const boxes = rowsOf(g.initializerOf(c.x(1)));
    const [down = 1, across = 1] = pooled_shape;
    if (!boxes || spatial.length !== 2 || !isStatic(spatial) || boxes.length * down * across > MAX_PARTS)
      return undefined;
    const [height = 1, width = 1] = spatial;
    const pooled = boxes.map(([image = 0, ...corners]) => {
      const [left = 0, top = 0, right = 0, bottom = 0] = corners.map((v) => Math.round(v * spatial_scale));
      const range = (first: number, last: number, size: number, part: number, parts: number) => {
        const step = Math.max(last - first + 1, 1) / parts;
        const bounded = (place: number) => Math.min(Math.max(place + first, 0), size);
        return [bounded(Math.floor(part * step)), bounded(Math.ceil((part + 1) * step))] as const;
      };
      const from = g.gather(c.x(0), g.ints([image]));
      const parts: string[] = [];
      for (let y = 0; y < down; y++) {
        for (let x = 0; x < across; x++) {
          const [y0, y1] = range(top, bottom, height, y, down);
          const [x0, x1] = range(left, right, width, x, across);
          // A part outside the image is 0.
          const isEmpty = y1 <= y0 || x1 <= x0;
          const corner = () => g.mul(g.slice(from, [2, 3], [0, 0], [1, 1]), 0);
          parts.push(isEmpty ? corner() : g.max(g.slice(from, [2, 3], [y0, x0], [y1, x1]), [2, 3]));
        }
      }
      return g.op('Reshape', [g.concat(parts, 3), g.ints([1, -1, down, across])]);
    });
    return [g.concat(pooled, 0)];
  },
} as const satisfies LoweringFamily;
