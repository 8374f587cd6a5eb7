import { bounded } from '../../base/bounded.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import { normalizeAxis } from '../../onnx/operators/operator.js';
import { float32 } from '../../tensor/tensor.js';
import { exact, nothing, type RuleContext, type RuleFamily, unless, unsupported } from '../rule.js';

/** An axis whose size or sampling a Resize changes. */
interface Resampled {
  readonly axis: number;
  readonly from: number;
  /** What the engine is told of the axis: its factor, or its new size. */
  readonly scale: number | undefined;
  readonly size: number;
}

/** @returns the first axis of a size that is not fixed as a reason, where there is one */
function resampled(c: RuleContext<'Resize'>): readonly Resampled[] | string {
  const [before, after] = [c.dims(0), c.g.dims(c.y)];
  const axes = c.attributes.axes?.map((a) => normalizeAxis(a, before.length)) ?? [...before.keys()];
  const scales = c.has(2) ? c.g.content(c.x(2)) : undefined;
  const changed: Resampled[] = [];
  for (const [i, axis] of axes.entries()) {
    const [from, size, scale] = [before[axis], after[axis], c.has(3) ? undefined : scales?.[i]];
    if (from === size && (scale ?? 1) === 1) continue;
    if (typeof from !== 'number' || typeof size !== 'number') return 'the size of an axis is not fixed';
    changed.push({ axis, from, scale, size });
  }
  return changed;
}

/**
 * The matrix [from, size] that the operator multiplies an axis with: what it makes of the unit vectors, in
 * their rows.
 */
function matrixOf(c: RuleContext<'Resize'>, { from, scale, size }: Resampled): string {
  const { g } = c;
  const identity = Float32Array.from({ length: bounded(from * from) }, (_, i) =>
    i % (from + 1) === 0 ? 1 : 0,
  );
  const { axes: _, ...attributes } = c.node.attributes;
  const target =
    scale === undefined ? ['', g.ints([from, size])] : [g.constant(float32([2], [1, scale])), ''];
  const inputs = [g.constant(float32([from, from], identity)), '', ...target];
  return g.cast(g.op('Resize', inputs, attributes), g.dtype(c.y));
}

/** `value` times the transposed matrix along an axis. */
function timesTransposed(g: GraphBuilder, value: string, matrix: string, axis: number): string {
  const rank = g.dims(value).length;
  if (axis === rank - 2) return g.matmul(matrix, value);
  const turned = g.transpose(matrix, [1, 0]);
  if (axis === rank - 1) return g.matmul(value, turned);
  const swapped = [...Array(rank).keys()].map((a) => (a === axis ? rank - 1 : a === rank - 1 ? axis : a));
  return g.transpose(g.matmul(g.transpose(value, swapped), turned), swapped);
}

/**
 * Resampling is linear and works on each axis by itself, whatever the mode: y = x M along each. The engine
 * itself computes M from the unit vectors, once, so that the gradient is that of the very pixels that it
 * picks.
 */
function resize(c: RuleContext<'Resize'>): string {
  const axes = resampled(c);
  if (typeof axes === 'string') return c.dy;
  return axes.reduce((dy, each) => timesTransposed(c.g, dy, matrixOf(c, each), each.axis), c.dy);
}

export const resampling = {
  Resize: unless(
    (c) => {
      if (c.attributes.coordinate_transformation_mode === 'tf_crop_and_resize') return 'it crops';
      const axes = resampled(c);
      return typeof axes === 'string' ? axes : undefined;
    },
    exact(resize, nothing, nothing, nothing),
  ),
  Upsample: unsupported('older than the operator sets that are read'),
  GridSample: unsupported('only of images of a fixed size, bilinear or nearest'),
  AffineGrid: unsupported('only of a known size'),
} as const satisfies RuleFamily;
