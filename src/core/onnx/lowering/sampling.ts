import { bounded } from '../../base/bounded.js';
import { float32, sizeOf } from '../../tensor/tensor.js';
import type { GraphBuilder } from '../builder.js';
import { isStatic } from '../dims.js';
import type { LoweringFamily } from './lowering.js';

/** Sampling at places that are computed (Jaderberg et al. 2015, Spatial Transformer Networks). */

/** Places along one axis, [N, 1, points], in elements from the first one. */
interface Axis {
  readonly size: number;
  readonly places: string;
}

type Padding = 'zeros' | 'border' | 'reflection';

/** Places from -1 to 1 as elements: to the centres of the outermost ones, or to their outer edges. */
const denormalized = (g: GraphBuilder, places: string, size: number, aligned: boolean): string =>
  g.add(g.mul(places, (aligned ? size - 1 : size) / 2), (size - 1) / 2);

/** Places behind an edge come back, as between two mirrors. */
function reflected(g: GraphBuilder, places: string, size: number, aligned: boolean): string {
  const [low, span] = aligned ? [0, size - 1] : [-0.5, size];
  if (span === 0) return g.mul(places, 0);
  const away = g.op('Abs', [g.sub(places, low)]);
  // A triangle wave: up along one span and down along the next.
  const along = g.op('Mod', [away, 2 * span], { fmod: 1 });
  const down = g.sub(2 * span, along);
  return g.add(g.where(g.greater(along, span), down, along), low);
}

function padded(g: GraphBuilder, axis: Axis, padding: Padding, aligned: boolean): Axis {
  if (padding === 'zeros') return axis;
  const inside = padding === 'border' ? axis.places : reflected(g, axis.places, axis.size, aligned);
  return { ...axis, places: g.clip(inside, 0, axis.size - 1) };
}

/** Elements beside each place and the weights that they count with; weights of elements outside are 0. */
function neighbours(g: GraphBuilder, { size, places }: Axis, isNearest: boolean) {
  // Farther out there is nothing but zeros.
  const shifted = g.add(g.clip(places, -1, size), 1);
  const first = g.cast(isNearest ? g.op('Round', [shifted]) : shifted, 'int64');
  const behind = g.op('Mod', [shifted, 1], { fmod: 1 });
  const weights = isNearest ? [undefined] : [g.sub(1, behind), behind];
  return weights.map((weight, i) => {
    const element = g.sub(first, 1 - i);
    const within = g.op('And', [g.op('GreaterOrEqual', [element, 0]), g.less(element, size)]);
    const one = g.cast(g.constant(float32([], [1])), g.dtype(places));
    return {
      element: g.clip(element, 0, size - 1),
      weight: g.where(within, weight ?? one, g.mul(one, 0)),
    };
  });
}

/** One coordinate of the grid, [N, 1, points]. */
const coordinate = (g: GraphBuilder, grid: string, i: number): string =>
  g.op('Reshape', [g.slice(grid, [-1], [i], [i + 1]), g.ints([0, 1, -1])]);

export const sampling = {
  GridSample: (c) => {
    const { g } = c;
    const { mode, padding_mode, align_corners } = c.attributes;
    const [, channels, ...spatial] = c.dims(0);
    const [height, width] = spatial;
    const size = c.dims(1).slice(1, -1);
    if (spatial.length !== 2 || typeof height !== 'number' || typeof width !== 'number') return undefined;
    if (typeof channels !== 'number' || !isStatic(size) || mode === 'cubic') return undefined;
    const aligned = align_corners === 1;
    // The grid names the column first.
    const [columns, rows] = [width, height].map((length, i) => {
      const places = denormalized(g, coordinate(g, c.x(1), i), length, aligned);
      const axis = padded(g, { size: length, places }, padding_mode as Padding, aligned);
      return neighbours(g, axis, mode === 'nearest');
    });
    const pixels = g.op('Reshape', [c.x(0), g.ints([0, channels, -1])]);
    const parts = (rows ?? []).flatMap((row) =>
      (columns ?? []).map((column) => {
        const at = g.add(g.mul(row.element, width), column.element);
        const everywhere = g.op('Expand', [at, g.ints([1, channels, 1])]);
        const values = g.op('GatherElements', [pixels, everywhere], { axis: 2 });
        return g.mul(values, g.mul(row.weight, column.weight));
      }),
    );
    const sum = parts.reduce((a, b) => g.add(a, b));
    return [g.op('Reshape', [sum, g.ints([0, channels, ...size])])];
  },
  AffineGrid: (c) => {
    const { g } = c;
    const size = g.typeOf(c.y)?.dims?.slice(1, -1);
    if (!size || !isStatic(size)) return undefined;
    const aligned = c.attributes.align_corners === 1;
    bounded(sizeOf(size));
    const points = size.reduce<number[][]>(
      (all, length) =>
        all.flatMap((point) => axisOf(Number(length), aligned).map((place) => [place, ...point])),
      [[]],
    );
    const homogeneous = points.map((point) => [...point, 1]);
    const base = float32([1, points.length, size.length + 1], homogeneous.flat());
    const moved = g.matmul(g.cast(g.constant(base), g.dtype(c.x(0))), g.transpose(c.x(0), [0, 2, 1]));
    return [g.op('Reshape', [moved, g.ints([0, ...size, size.length])])];
  },
} as const satisfies LoweringFamily;

/** Centres of the elements of an axis from -1 to 1. */
const axisOf = (length: number, aligned: boolean): number[] =>
  Array.from({ length: bounded(length) }, (_, i) => {
    if (!aligned) return (2 * i + 1) / length - 1;
    return length === 1 ? 0 : (2 * i) / (length - 1) - 1;
  });
