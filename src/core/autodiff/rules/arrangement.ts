import { isStatic } from '../../onnx/dims.js';
import { normalizeAxis } from '../../onnx/operators/operator.js';
import { tensor } from '../../tensor/tensor.js';
import {
  exact,
  nothing,
  type RuleContext,
  type RuleFamily,
  subgradient,
  unless,
  zerosLike,
} from '../rule.js';

/** Sums the copies: axis of size r * d as two axes r and d, then the sum over r. */
function tile(c: RuleContext<'Tile'>): string {
  const { g } = c;
  const dims = c.dims(0);
  const repeats = g.content(c.x(1)) ?? [];
  const split = dims.flatMap((size, axis) => [repeats[axis] ?? 1, size]);
  const free = dims.filter((size) => typeof size !== 'number').length;
  const apart =
    free <= 1 ? g.reshape(c.dy, split) : g.op('Reshape', [c.dy, interleaved(c, repeats)], { allowzero: 1 });
  return g.sum(
    apart,
    dims.map((_, axis) => 2 * axis),
    false,
  );
}

/** [r0, d0, r1, d1, ...] with the sizes that the input has at run time. */
function interleaved(c: RuleContext<'Tile'>, repeats: readonly number[]): string {
  const { g } = c;
  const shape = g.op('Shape', [c.x(0)]);
  const parts = repeats.flatMap((count, axis) => [g.ints([count]), g.slice(shape, [0], [axis], [axis + 1])]);
  return g.concat(parts, 0);
}

/**
 * Where each value was taken from: the index tuples, with the position along the batch axes in front of them.
 */
function fullIndex(c: RuleContext<'GatherND'>): string {
  const { g } = c;
  const batch = c.attributes.batch_dims;
  if (batch === 0) return c.x(1);
  const rank = c.dims(1).length;
  const shape = g.op('Shape', [c.x(1)]);
  const column = g.concat([g.slice(shape, [0], [0], [rank - 1]), g.ints([1])], 0);
  const positions = Array.from({ length: batch }, (_, axis) => {
    const size = g.gather(shape, g.scalar(axis, 'int64'));
    const range = g.op('Range', [g.scalar(0, 'int64'), size, g.scalar(1, 'int64')]);
    const dims = Array.from({ length: rank }, (_, a) => (a === axis ? -1 : 1));
    return g.op('Expand', [g.op('Reshape', [range, g.ints(dims)]), column]);
  });
  return g.concat([...positions, c.x(1)], -1);
}

/** Columns of the image that Col2Im writes to: a convolution with one-hot kernels, each channel by itself. */
function col2im(c: RuleContext<'Col2Im'>): string {
  const { g } = c;
  const block = g.content(c.x(2)) ?? [];
  const channels = Number(g.dims(c.y)[1]);
  const size = block.reduce((all, side) => all * side, 1);
  const kernel = new Float32Array(channels * size * size);
  for (let row = 0; row < channels * size; row++) kernel[row * size + (row % size)] = 1;
  const { dilations, pads, strides } = c.attributes;
  const weight = g.constant(tensor('float32', [channels * size, 1, ...block], kernel));
  const columns = g.op('Conv', [c.dy, g.cast(weight, g.dtype(c.dy))], {
    group: channels,
    kernel_shape: block,
    ...(dilations && { dilations }),
    ...(pads && { pads }),
    ...(strides && { strides }),
  });
  return g.op('Reshape', [columns, g.ints([0, channels * size, -1])]);
}

/** Puts the cotangent of the chosen values back to their places. */
function topK(c: RuleContext<'TopK'>): string {
  const { g } = c;
  const axis = normalizeAxis(c.attributes.axis, c.dims(0).length);
  const index = c.node.outputs[1] || g.extraOutput(c.node, 1);
  return g.op('ScatterElements', [zerosLike(g, c.x(0)), index, c.dy], { axis });
}

const isWritten = (reduction: string) => reduction === 'none' || reduction === 'add';
const otherReduction = (c: RuleContext<'ScatterElements'> | RuleContext<'ScatterND'>) =>
  isWritten(c.attributes.reduction) ? undefined : `reduction ${c.attributes.reduction} has no rule`;

export const arrangement = {
  Tile: unless(
    (c) => (c.g.content(c.x(1)) ? undefined : 'its repeats are computed at run time'),
    exact(tile),
  ),
  // What is put in the opposite order is put back by doing it again.
  ReverseSequence: exact((c) => {
    const { batch_axis, time_axis } = c.attributes;
    return c.g.op('ReverseSequence', [c.dy, c.x(1)], { batch_axis, time_axis });
  }, nothing),
  Trilu: exact((c) => c.g.op('Trilu', [c.dy, ...(c.has(1) ? [c.x(1)] : [])], { upper: c.attributes.upper })),
  CumSum: exact((c) => {
    const { exclusive, reverse } = c.attributes;
    return c.g.op('CumSum', [c.dy, c.x(1)], { exclusive, reverse: reverse === 1 ? 0 : 1 });
  }, nothing),
  GatherElements: exact((c) => {
    const axis = normalizeAxis(c.attributes.axis, c.dims(0).length);
    return c.g.op('ScatterElements', [zerosLike(c.g, c.x(0)), c.x(1), c.dy], { axis, reduction: 'add' });
  }, nothing),
  ScatterElements: unless(
    otherReduction,
    exact(
      (c) => {
        const { axis, reduction } = c.attributes;
        if (reduction === 'add') return c.dy;
        return c.g.op('ScatterElements', [c.dy, c.x(1), zerosLike(c.g, c.x(2))], { axis });
      },
      nothing,
      (c) => c.g.op('GatherElements', [c.dy, c.x(1)], { axis: c.attributes.axis }),
    ),
  ),
  GatherND: exact(
    (c) => c.g.op('ScatterND', [zerosLike(c.g, c.x(0)), fullIndex(c), c.dy], { reduction: 'add' }),
    nothing,
  ),
  ScatterND: unless(
    otherReduction,
    exact(
      (c) => {
        if (c.attributes.reduction === 'add') return c.dy;
        return c.g.op('ScatterND', [c.dy, c.x(1), zerosLike(c.g, c.x(2))]);
      },
      nothing,
      (c) => c.g.op('GatherND', [c.dy, c.x(1)]),
    ),
  ),
  TopK: subgradient('among equals those that the engine chose', topK, nothing),
  Col2Im: unless(
    (c) => {
      const block = c.g.content(c.x(2));
      return block && isStatic(c.g.dims(c.y).slice(1)) ? undefined : 'its shapes are computed at run time';
    },
    exact(col2im, nothing, nothing),
  ),
} as const satisfies RuleFamily;
