import { bounded } from '../../base/bounded.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import { product } from '../../onnx/dims.js';
import type { Dim } from '../../onnx/graph.js';
import { clampIndex, sliceLength } from '../../onnx/operators/indexing.js';
import { normalizeAxis } from '../../onnx/operators/operator.js';
import { float32, int64 } from '../../tensor/tensor.js';
import {
  exact,
  flat,
  nothing,
  type RuleContext,
  type RuleFamily,
  unless,
  unsupported,
  zerosLike,
} from '../rule.js';

/** Puts a slice back where it came from, zeros elsewhere. */
function slice(c: RuleContext<'Slice'>): string {
  const { g } = c;
  const dims = c.dims(0);
  const [starts, ends] = [g.content(c.x(1)) ?? [], g.content(c.x(2)) ?? []];
  const axes = (c.has(3) ? g.content(c.x(3)) : undefined) ?? [...starts.keys()];
  const steps = (c.has(4) ? g.content(c.x(4)) : undefined) ?? starts.map(() => 1);
  return axes.reduce((dy, given, i) => {
    const axis = normalizeAxis(given, dims.length);
    const size = dims[axis];
    // A free axis is taken whole, or the node is refused.
    if (typeof size !== 'number') return dy;
    return unpick(g, dy, axis, size, indices(size, starts[i] ?? 0, ends[i] ?? size, steps[i] ?? 1));
  }, c.dy);
}

/** Indices that ONNX Slice takes along one axis. */
function indices(size: number, start: number, end: number, step: number): number[] {
  const from = step > 0 ? clampIndex(start, size, 0, size) : clampIndex(start, size, 0, size - 1);
  return Array.from({ length: bounded(sliceLength(size, start, end, step)) }, (_, i) => from + i * step);
}

/**
 * The inverse of picking distinct indices along an axis: a pad when they are contiguous, else a gather with a
 * zero slot.
 */
function unpick(g: GraphBuilder, dy: string, axis: number, size: number, picked: readonly number[]): string {
  const rank = g.dims(dy).length;
  const [first = 0] = picked;
  const pads = Array<number>(2 * rank).fill(0);
  if (picked.every((p, i) => p === first + i)) {
    pads[axis] = first;
    pads[axis + rank] = size - picked.length - first;
    return pads.every((p) => p === 0) ? dy : g.pad(dy, pads);
  }
  pads[axis + rank] = 1;
  const slots = Array.from({ length: bounded(size) }, () => picked.length);
  picked.forEach((p, i) => {
    slots[p] = i;
  });
  return g.gather(g.pad(dy, pads), g.constant(int64([size], slots)), axis);
}

/** Adds each row of the cotangent to the row of `data` that it was gathered from. */
function gather(c: RuleContext<'Gather'>): string {
  const { g } = c;
  const [data, index] = [c.dims(0), c.dims(1)];
  const axis = normalizeAxis(c.attributes.axis, data.length);
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

/**
 * Padding with elements of the input itself: along each axis a Gather by known indices, so that each place of
 * the input gets the sum over all places that show it.
 */
function mirroredPad(c: RuleContext<'Pad'>): string {
  const { g } = c;
  const dims = c.dims(0);
  const pads = g.content(c.x(1)) ?? [];
  const given = c.has(3) ? g.content(c.x(3)) : undefined;
  const axes = given?.map((a) => normalizeAxis(a, dims.length)) ?? [...dims.keys()];
  return axes.reduce((dy, axis, i) => {
    const [before, after] = [pads[i] ?? 0, pads[i + axes.length] ?? 0];
    const size = dims[axis];
    if ((before === 0 && after === 0) || typeof size !== 'number') return dy;
    const shown = Array.from({ length: bounded(before + size + after) }, (_, k) =>
      shownAt(k - before, size, c.attributes.mode),
    );
    const now = g.dims(dy);
    const index = g.op('Reshape', [
      g.constant(int64([shown.length], shown)),
      g.ints(now.map((_, a) => (a === axis ? -1 : 1))),
    ]);
    const inner = g.slice(zerosLike(g, dy), [axis], [0], [size]);
    const repeated = g.op('Expand', [index, g.op('Shape', [dy])]);
    return g.op('ScatterElements', [inner, repeated, dy], { axis, reduction: 'add' });
  }, c.dy);
}

/** Element of an axis that padding shows at a place before, inside or behind it. */
function shownAt(place: number, size: number, mode: string): number {
  if (mode === 'edge') return Math.min(Math.max(place, 0), size - 1);
  if (mode === 'wrap') return ((place % size) + size) % size;
  const period = Math.max(1, 2 * (size - 1));
  const within = ((place % period) + period) % period;
  return within < size ? within : period - within;
}

/** The padding of an axis whose size is not known, other than by a constant. */
const mirrorsFreeAxis = (c: RuleContext<'Pad'>): boolean => {
  const after = c.g.typeOf(c.y)?.dims;
  return !after || c.dims(0).some((size, axis) => typeof size !== 'number' && size !== after[axis]);
};

/** What was padded away, and what the padding value got: everything that did not come from the input. */
function pad(c: RuleContext, input: number): string {
  const { g } = c;
  const rank = c.dims(0).length;
  const pads = g.content(c.x(1)) ?? [];
  const given = c.has(3) ? g.content(c.x(3)) : undefined;
  const axes = given?.map((a) => normalizeAxis(a, rank)) ?? [...Array(rank).keys()];
  const back = Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    back[axis] = -(pads[i] ?? 0);
    back[axis + rank] = -(pads[i + axes.length] ?? 0);
  });
  const inner = g.pad(c.dy, back);
  if (input === 0) return inner;
  const all = (value: string) => g.op('ReduceSum', [value], { keepdims: 0 });
  return g.reshape(g.sub(all(c.dy), all(inner)), c.dims(2));
}

/** The two values of OneHot each get the sum over the places that they fill. */
function oneHotValues(c: RuleContext<'OneHot'>): string {
  const { g } = c;
  const marks = g.cast(g.constant(float32([2], [0, 1])), g.dtype(c.y));
  const hot = g.op('OneHot', [c.x(0), c.x(1), marks], { axis: c.attributes.axis });
  const all = (value: string) => g.reshape(g.op('ReduceSum', [value], { keepdims: 0 }), [1]);
  const on = all(g.mul(c.dy, hot));
  return g.concat([g.sub(all(c.dy), on), on], 0);
}

const isFixed = (c: RuleContext, inputs: readonly number[]) =>
  inputs.every((i) => !c.has(i) || c.g.content(c.x(i)));

/** A cut through an axis whose size is known at run time alone. */
function cutsFreeAxis(c: RuleContext): boolean {
  const [before, after] = [c.dims(0), c.g.typeOf(c.y)?.dims];
  return !after || before.some((size, axis) => typeof size !== 'number' && size !== after[axis]);
}

export const indexing = {
  Slice: unless((c) => {
    if (!isFixed(c, [1, 2, 3, 4])) return 'its bounds are computed at run time';
    return cutsFreeAxis(c) ? 'it cuts an axis of unknown size' : undefined;
  }, exact(slice)),
  Pad: unless(
    (c) => {
      if (!isFixed(c, [1, 3])) return 'its pads are computed at run time';
      const mirrors = c.attributes.mode !== 'constant' && mirrorsFreeAxis(c);
      return mirrors ? 'it pads an axis of unknown size' : undefined;
    },
    exact(
      (c) => (c.attributes.mode === 'constant' ? pad(c, 0) : mirroredPad(c)),
      nothing,
      (c) => pad(c, 2),
    ),
  ),
  Gather: exact(gather),
  OneHot: exact(nothing, nothing, oneHotValues),
  NonZero: flat,
  Scatter: unsupported('older than the operator sets that are read'),
} as const satisfies RuleFamily;
