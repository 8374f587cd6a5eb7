import { atLeast, difference, isStatic, sum } from '../dims.js';
import type { Dim } from '../graph.js';
import { float, int, ints, string } from './attributes.js';
import { normalizeAxis, type OperatorFamily, operator, type ShapeContext, UnknownShape } from './operator.js';
import { change, input, trimmed } from './rewrites.js';
import { same, shaped } from './types.js';
import { select } from './values.js';

/** Operators that pick elements, put them somewhere, or surround them. */

/** A bound of ONNX Slice: counted from the end when negative, and kept within the axis. */
export const clampIndex = (value: number, size: number, low: number, high: number): number =>
  Math.min(Math.max(value < 0 ? value + size : value, low), high);

/** Number of elements that ONNX Slice takes from `size`, clamping as it does. */
export function sliceLength(size: number, start: number, end: number, step: number): number {
  const [from, to] = sliceRange(size, start, end, step);
  return Math.max(0, Math.ceil((to - from) / step));
}

const sliceRange = (size: number, start: number, end: number, step: number): readonly [number, number] =>
  step > 0
    ? [clampIndex(start, size, 0, size), clampIndex(end, size, 0, size)]
    : [clampIndex(start, size, 0, size - 1), clampIndex(end, size, -1, size - 1)];

/** "To the end" is written as the largest int32 or int64. */
const END = 2 ** 31 - 1;

interface Cut {
  readonly axis: number;
  readonly start: Dim;
  readonly end: Dim;
  readonly step: number;
}

function cuts(c: ShapeContext): readonly Cut[] {
  const rank = c.dims(0).length;
  const [starts, ends] = [c.list(1), c.list(2)];
  if (!starts || !ends) throw new UnknownShape('its bounds are computed at run time');
  const axes = c.has(3) ? c.numbers(3).map((a) => normalizeAxis(a, rank)) : [...starts.keys()];
  const steps = c.has(4) ? c.numbers(4) : [];
  return axes.map((axis, i) => ({ axis, start: starts[i] ?? 0, end: ends[i] ?? END, step: steps[i] ?? 1 }));
}

/** Size of an axis after a cut; of a free one where the bounds are whole, or count from one end. */
function cutSize(size: Dim, { start, end, step }: Cut): Dim | undefined {
  if (typeof size === 'number' && typeof start === 'number' && typeof end === 'number')
    return sliceLength(size, start, end, step);
  if (step === 1) {
    const toEnd = end === size || (typeof end === 'number' && end >= END);
    if (start === 0 && toEnd) return size;
    if (start === 0 && typeof end === 'string' && atLeast(size, end)) return end;
    // A size of at least `start`, or nothing would be left of some.
    if (toEnd && typeof start === 'number' && start > 0 && atLeast(size, start))
      return difference(size, start);
  }
  return undefined;
}

function padding(c: ShapeContext): readonly { readonly axis: number; readonly extra: Dim }[] {
  const dims = c.dims(0);
  const pads = c.list(1);
  if (!pads) throw new UnknownShape('its pads are computed at run time');
  const axes = c.has(3) ? c.numbers(3).map((a) => normalizeAxis(a, dims.length)) : [...dims.keys()];
  return axes.map((axis, i) => ({ axis, extra: sum([pads[i] ?? 0, pads[i + axes.length] ?? 0]) }));
}

export const indexing = {
  Slice: operator({
    attributes: {},
    shape: (c) => {
      const result = [...c.dims(0)];
      for (const cut of cuts(c)) {
        const { axis } = cut;
        result[axis] = cutSize(result[axis] ?? 1, cut) ?? c.symbol(axis);
      }
      return shaped(c, result);
    },
    value: (c) => {
      const content = c.content(0);
      if (!content) return undefined;
      const starts = content.dims.map(() => ({ from: 0, step: 1 }));
      const dims = [...content.dims];
      for (const { axis, start, end, step } of cuts(c)) {
        if (typeof start !== 'number' || typeof end !== 'number') return undefined;
        const size = content.dims[axis] ?? 1;
        starts[axis] = { from: sliceRange(size, start, end, step)[0], step };
        dims[axis] = sliceLength(size, start, end, step);
      }
      return select(content, dims, (at) =>
        starts.map(({ from, step }, axis) => from + step * (at[axis] ?? 0)),
      );
    },
    upgrade: {
      before: 10,
      attributes: { starts: ints([]), ends: ints([]), axes: ints() },
      rewrite: (c) => {
        const { starts, ends, axes } = c.attributes;
        const inputs = [input(c), c.ints(starts), c.ints(ends), ...(axes ? [c.ints(axes)] : [])];
        return [change(c.node, { inputs, drop: ['starts', 'ends', 'axes'] })];
      },
    },
  }),
  Pad: operator({
    attributes: { mode: string('constant') },
    shape: (c) => {
      const result = [...c.dims(0)];
      for (const { axis, extra } of padding(c)) {
        result[axis] = sum([result[axis] ?? 0, extra]);
      }
      return shaped(c, result);
    },
    upgrade: {
      before: 11,
      attributes: { pads: ints([]), value: float(0) },
      rewrite: (c) => {
        const { pads, value } = c.attributes;
        const inputs = [input(c), c.ints(pads), value === 0 ? '' : c.scalarLike(0, value)];
        return [change(c.node, { inputs: trimmed(inputs), drop: ['pads', 'value'] })];
      },
    },
  }),
  Gather: operator({
    attributes: { axis: int(0) },
    shape: (c) => {
      const [data, index] = [c.dims(0), c.dims(1)];
      const axis = normalizeAxis(c.attributes.axis, data.length);
      return shaped(c, [...data.slice(0, axis), ...index, ...data.slice(axis + 1)]);
    },
    value: (c) => {
      const [data, index] = [c.content(0), c.content(1)];
      if (!data || !index || !isStatic(index.values)) return undefined;
      const axis = normalizeAxis(c.attributes.axis, data.dims.length);
      const size = data.dims[axis] ?? 1;
      const picks = index.values.map((p) => normalizeAxis(p, size));
      if (picks.some((p) => p < 0 || p >= size)) c.fail('an index is out of range');
      const dims = [...data.dims.slice(0, axis), picks.length, ...data.dims.slice(axis + 1)];
      return select(data, dims, (at) => at.map((i, a) => (a === axis ? (picks[i] ?? 0) : i)));
    },
  }),
  GatherElements: operator({ attributes: { axis: int(0) }, shape: (c) => shaped(c, c.dims(1)) }),
  ScatterElements: operator({ attributes: { axis: int(0), reduction: string('none') }, shape: same }),
  Scatter: operator({
    attributes: { axis: int(0) },
    shape: same,
    upgrade: { before: 20, rewrite: (c) => [change(c.node, { op: 'ScatterElements' })] },
  }),
  ScatterND: operator({ attributes: { reduction: string('none') }, shape: same }),
  NonZero: operator({
    attributes: {},
    shape: (c) => [{ dtype: 'int64', dims: [c.dims(0).length, c.symbol(1)] }],
  }),
  OneHot: operator({
    attributes: { axis: int(-1) },
    shape: (c) => {
      const depth = c.list(1)?.[0] ?? c.symbol('depth');
      const dims = [...c.dims(0)];
      dims.splice(normalizeAxis(c.attributes.axis, dims.length + 1), 0, depth);
      return [{ dtype: c.type(2).dtype, dims }];
    },
  }),
  TopK: operator({
    attributes: { axis: int(-1), largest: int(1), sorted: int(1) },
    shape: (c) => {
      const dims = c.dims(0);
      const axis = normalizeAxis(c.attributes.axis, dims.length);
      const size = c.list(1)?.[0] ?? c.symbol(axis);
      const chosen = dims.map((d, a) => (a === axis ? size : d));
      return [
        { dtype: c.type(0).dtype, dims: chosen },
        { dtype: 'int64', dims: chosen },
      ];
    },
    upgrade: {
      before: 10,
      attributes: { k: int(1) },
      rewrite: (c) => [change(c.node, { inputs: [input(c), c.ints([c.attributes.k])], drop: ['k'] })],
    },
  }),
} as const satisfies OperatorFamily;
