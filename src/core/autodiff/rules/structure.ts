import type { GraphBuilder } from '../../onnx/builder.js';
import { product } from '../../onnx/dims.js';
import { type Dim, intOf, intsOf, stringOf } from '../../onnx/graph.js';
import { clampIndex, normalizeAxis, sliceLength } from '../../onnx/shapes/index.js';
import { float32, int64 } from '../../tensor/tensor.js';
import {
  exact,
  flat,
  isFloating,
  nothing,
  type RuleContext,
  type RuleTable,
  sumTo,
  variadic,
  zerosLike,
} from '../rule.js';

/** The cotangent in the shape of the first input. */
const reshapeBack = exact((c) => c.g.reshape(c.dy, c.dims(0), c.x(0)));

function concat(c: RuleContext, input: number): string {
  const axis = normalizeAxis(intOf(c.node, 'axis', 0), c.dims(0).length);
  const sizes = c.node.inputs.map((_, i) => Number(c.dims(i)[axis]));
  const start = sizes.slice(0, input).reduce((a, b) => a + b, 0);
  return c.g.slice(c.dy, [axis], [start], [start + sizes[input]!]);
}

/** Puts a slice back where it came from, zeros elsewhere. */
function slice(c: RuleContext): string {
  const { g } = c;
  const dims = c.dims(0);
  const [starts, ends] = [g.content(c.x(1)) ?? [], g.content(c.x(2)) ?? []];
  const axes = c.has(3) ? g.content(c.x(3))! : starts.map((_, i) => i);
  const steps = c.has(4) ? g.content(c.x(4))! : starts.map(() => 1);
  return axes.reduce((dy, given, i) => {
    const axis = normalizeAxis(given, dims.length);
    if (typeof dims[axis] !== 'number') return dy;
    const picked = indices(dims[axis], starts[i]!, ends[i]!, steps[i]!);
    return unpick(g, dy, axis, dims[axis], picked);
  }, c.dy);
}

/** Indices that ONNX Slice takes along one axis. */
function indices(size: number, start: number, end: number, step: number): number[] {
  const from = step > 0 ? clampIndex(start, size, 0, size) : clampIndex(start, size, 0, size - 1);
  return Array.from({ length: sliceLength(size, start, end, step) }, (_, i) => from + i * step);
}

/** The inverse of picking distinct indices along an axis: a pad when they are contiguous, else a gather with a zero slot. */
function unpick(g: GraphBuilder, dy: string, axis: number, size: number, picked: readonly number[]): string {
  const rank = g.dims(dy).length;
  if (picked.every((p, i) => p === picked[0]! + i)) {
    const pads = Array(2 * rank).fill(0);
    pads[axis] = picked[0] ?? 0;
    pads[axis + rank] = size - picked.length - pads[axis];
    return pads.every((p) => p === 0) ? dy : g.pad(dy, pads);
  }
  const pads = Array(2 * rank).fill(0);
  pads[axis + rank] = 1;
  const slots = Array.from({ length: size }, () => picked.length);
  picked.forEach((p, i) => {
    slots[p] = i;
  });
  return g.gather(g.pad(dy, pads), g.constant(int64([size], slots)), axis);
}

/** Adds each row of the cotangent to the row of `data` that it was gathered from. */
function gather(c: RuleContext): string {
  const { g } = c;
  const [data, index] = [c.dims(0), c.dims(1)];
  const axis = normalizeAxis(intOf(c.node, 'axis', 0), data.length);
  const updates = oneIndexAxis(c, axis, data, index);
  const flatIndex = g.op('Reshape', [c.x(1), g.ints([-1])]);
  const aligned = g.op('Reshape', [flatIndex, g.ints(data.map((_, a) => (a === axis ? -1 : 1)))]);
  const repeated = data.length === 1 ? flatIndex : g.op('Expand', [aligned, g.op('Shape', [updates])]);
  return g.op('ScatterElements', [zerosLike(g, c.x(0)), repeated, updates], { axis, reduction: 'add' });
}

/** The cotangent of a Gather with all axes of the index merged into one: [..., I, ...]. */
function oneIndexAxis(c: RuleContext, axis: number, data: readonly Dim[], index: readonly Dim[]): string {
  if (index.length === 1) return c.dy;
  if (index.length === 0) return c.g.unsqueeze(c.dy, [axis]);
  return c.g.reshape(c.dy, [...data.slice(0, axis), product(index), ...data.slice(axis + 1)]);
}

/** What was padded away, and what the padding value got: everything that did not come from the input. */
function pad(c: RuleContext, input: number): string | undefined {
  const { g } = c;
  const rank = c.dims(0).length;
  const pads = g.content(c.x(1))!;
  const axes = c.has(3) ? g.content(c.x(3))!.map((a) => normalizeAxis(a, rank)) : [...Array(rank).keys()];
  const back = Array(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    back[axis] = -pads[i]!;
    back[axis + rank] = -pads[i + axes.length]!;
  });
  const inner = g.pad(c.dy, back);
  if (input === 0) return inner;
  const all = (value: string) => g.op('ReduceSum', [value], { keepdims: 0 });
  return g.reshape(g.sub(all(c.dy), all(inner)), c.dims(2));
}

/** The two values of OneHot each get the sum over the places that they fill. */
function oneHotValues(c: RuleContext): string {
  const { g } = c;
  const marks = g.cast(g.constant(float32([2], [0, 1])), g.dtype(c.y));
  const hot = g.op('OneHot', [c.x(0), c.x(1), marks], { axis: intOf(c.node, 'axis', -1) });
  const all = (value: string) => g.reshape(g.op('ReduceSum', [value], { keepdims: 0 }), [1]);
  const on = all(g.mul(c.dy, hot));
  return g.concat([g.sub(all(c.dy), on), on], 0);
}

const isFixed = (c: RuleContext, inputs: readonly number[]) =>
  inputs.every((i) => !c.has(i) || c.g.content(c.x(i)));

export const structure: RuleTable = {
  Reshape: reshapeBack,
  Flatten: reshapeBack,
  Squeeze: reshapeBack,
  Unsqueeze: reshapeBack,
  Transpose: exact((c) => {
    const rank = c.dims(0).length;
    const perm = intsOf(c.node, 'perm', [...Array(rank).keys()].reverse());
    const inverse = Array.from({ length: rank }, (_, a) => perm.indexOf(a));
    return c.g.transpose(c.dy, inverse);
  }),
  Concat: {
    ...variadic(concat),
    unsupported: (c) => {
      const axis = normalizeAxis(intOf(c.node, 'axis', 0), c.dims(0).length);
      return c.node.inputs.every((_, i) => typeof c.dims(i)[axis] === 'number')
        ? undefined
        : 'it joins tensors of unknown size';
    },
  },
  Slice: {
    ...exact(slice),
    unsupported: (c) => {
      if (!isFixed(c, [1, 2, 3, 4])) return 'its bounds are computed at run time';
      return c.g.typeOf(c.y)?.dims ? undefined : 'it cuts an axis of unknown size';
    },
  },
  Split: {
    ...exact((c) => {
      const axis = normalizeAxis(intOf(c.node, 'axis', 0), c.dims(0).length);
      return c.g.concat(
        c.node.outputs.map((_, i) => c.dyOrZeros(i)),
        axis,
      );
    }),
    unsupported: (c) => (c.node.outputs.includes('') ? 'one of its outputs has no name' : undefined),
  },
  Pad: {
    ...exact(
      (c) => pad(c, 0),
      nothing,
      (c) => pad(c, 2),
    ),
    unsupported: (c) => {
      if (stringOf(c.node, 'mode', 'constant') !== 'constant') return 'only constant padding is supported';
      return isFixed(c, [1, 3]) ? undefined : 'its pads are computed at run time';
    },
  },
  Gather: exact(gather),
  Expand: exact((c) => sumTo(c.g, c.dy, c.dims(0))),
  DepthToSpace: {
    ...exact((c) => c.g.op('SpaceToDepth', [c.dy], { blocksize: intOf(c.node, 'blocksize', 1) })),
    unsupported: (c) =>
      stringOf(c.node, 'mode', 'DCR') === 'DCR' ? undefined : 'only the mode DCR is supported',
  },
  SpaceToDepth: exact((c) => c.g.op('DepthToSpace', [c.dy], { blocksize: intOf(c.node, 'blocksize', 1) })),
  OneHot: exact(nothing, nothing, oneHotValues),
  ...Object.fromEntries(
    [
      'Shape Size ConstantOfShape NonZero ArgMax ArgMin Equal Greater GreaterOrEqual Less LessOrEqual',
      'And Or Xor Not IsNaN IsInf',
    ].flatMap((names) => names.split(' ').map((op) => [op, flat])),
  ),
  Range: {
    ...flat,
    unsupported: (c) => (isFloating(c.g.dtype(c.y)) ? 'a range of floating-point numbers' : undefined),
  },
};
