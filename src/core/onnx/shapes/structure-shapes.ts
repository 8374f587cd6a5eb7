import { broadcast, product, quotient } from '../dims.js';
import { type Dim, intOf, intsOf, stringOf } from '../graph.js';
import {
  normalizeAxis,
  one,
  type ShapeContext,
  type ShapeFunction,
  type ShapeTable,
  UnknownShape,
} from './environment.js';

/** Operators that move elements about, and those that compute shapes. Opset 18 and newer signatures. */

const reshape: ShapeFunction = (c) => {
  const wanted = c.content(1);
  if (!wanted) throw new UnknownShape('the shape it asks for is computed at run time');
  const from = c.dims(0);
  const keepZero = intOf(c.node, 'allowzero', 0) === 1;
  const dims = wanted.map((d, axis) =>
    d === 0 && !keepZero ? (from[axis] ?? c.fail('a 0 beyond the rank')) : d,
  );
  const free = dims.indexOf(-1);
  if (free >= 0) {
    const rest = product(dims.filter((_, axis) => axis !== free));
    const whole = product(from);
    const impossible = typeof whole === 'number' && typeof rest === 'number';
    dims[free] =
      quotient(whole, rest) ?? (impossible ? c.fail(`[${from}] cannot become [${dims}]`) : c.symbol(free));
  }
  const [a, b] = [product(from), product(dims)];
  if (typeof a === 'number' && typeof b === 'number' && a !== b) c.fail(`[${from}] cannot become [${dims}]`);
  return one({ dtype: c.type(0).dtype, dims }, c.content(0));
};

const transpose: ShapeFunction = (c) => {
  const dims = c.dims(0);
  const perm = intsOf(c.node, 'perm', [...dims.keys()].reverse());
  return one({
    dtype: c.type(0).dtype,
    dims: perm.map((axis) => dims[axis] ?? c.fail(`perm [${perm}] for [${dims}]`)),
  });
};

const squeeze: ShapeFunction = (c) => {
  const dims = c.dims(0);
  const axes = c.has(1)
    ? c.numbers(1).map((a) => normalizeAxis(a, dims.length))
    : [...dims.keys()].filter((a) => dims[a] === 1);
  return one({ dtype: c.type(0).dtype, dims: dims.filter((_, axis) => !axes.includes(axis)) }, c.content(0));
};

const unsqueeze: ShapeFunction = (c) => {
  const dims = c.dims(0);
  const rank = dims.length + c.numbers(1).length;
  const axes = c.numbers(1).map((a) => normalizeAxis(a, rank));
  const rest = [...dims];
  const result = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!));
  return one({ dtype: c.type(0).dtype, dims: result }, c.content(0));
};

const concat: ShapeFunction = (c) => {
  const first = c.dims(0);
  const axis = normalizeAxis(intOf(c.node, 'axis', 0), first.length);
  const sizes = c.node.inputs.map((_, i) => c.dims(i)[axis] ?? c.fail(`no axis ${axis} in [${c.dims(i)}]`));
  const contents = c.node.inputs.map((_, i) => c.content(i));
  const content = contents.every((v) => v !== undefined) ? contents.flat() : undefined;
  const known = sizes.every((s) => typeof s === 'number');
  const total: Dim = known ? (sizes as number[]).reduce((a, b) => a + b, 0) : c.symbol(axis);
  return one({ dtype: c.type(0).dtype, dims: first.map((d, a) => (a === axis ? total : d)) }, content);
};

/** A bound of ONNX Slice: counted from the end when negative, and kept within the axis. */
export const clampIndex = (value: number, size: number, low: number, high: number): number =>
  Math.min(Math.max(value < 0 ? value + size : value, low), high);

/** Number of elements that ONNX Slice takes from `size`, clamping as it does. */
export function sliceLength(size: number, start: number, end: number, step: number): number {
  const [from, to] =
    step > 0
      ? [clampIndex(start, size, 0, size), clampIndex(end, size, 0, size)]
      : [clampIndex(start, size, 0, size - 1), clampIndex(end, size, -1, size - 1)];
  return Math.max(0, Math.ceil((to - from) / step));
}

const slice: ShapeFunction = (c) => {
  const dims = c.dims(0);
  const [starts, ends] = [c.numbers(1), c.numbers(2)];
  const axes = c.has(3) ? c.numbers(3).map((a) => normalizeAxis(a, dims.length)) : starts.map((_, i) => i);
  const steps = c.has(4) ? c.numbers(4) : starts.map(() => 1);
  const result = [...dims];
  axes.forEach((axis, i) => {
    const size = dims[axis];
    if (typeof size === 'number') result[axis] = sliceLength(size, starts[i]!, ends[i]!, steps[i]!);
    else if (!(starts[i] === 0 && ends[i]! >= 2 ** 31 - 1 && steps[i] === 1)) {
      throw new UnknownShape('it cuts a free dimension');
    }
  });
  const content = c.content(0);
  const cut = content && axes.length === 1 && steps[0] === 1 ? content.slice(starts[0], ends[0]) : undefined;
  return one({ dtype: c.type(0).dtype, dims: result }, cut);
};

const pad: ShapeFunction = (c) => {
  const dims = c.dims(0);
  const pads = c.numbers(1);
  const axes = c.has(3) ? c.numbers(3).map((a) => normalizeAxis(a, dims.length)) : [...dims.keys()];
  const result = [...dims];
  axes.forEach((axis, i) => {
    const extra = pads[i]! + pads[i + axes.length]!;
    const size = dims[axis]!;
    if (typeof size === 'number') result[axis] = size + extra;
    else if (extra !== 0) throw new UnknownShape('it pads a free dimension');
  });
  return one({ dtype: c.type(0).dtype, dims: result });
};

const gather: ShapeFunction = (c) => {
  const [data, index] = [c.dims(0), c.dims(1)];
  const axis = normalizeAxis(intOf(c.node, 'axis', 0), data.length);
  const type = { dtype: c.type(0).dtype, dims: [...data.slice(0, axis), ...index, ...data.slice(axis + 1)] };
  const [content, picks] = [c.content(0), c.content(1)];
  if (!content || !picks?.every((p) => typeof p === 'number')) return one(type);
  return one(
    type,
    (picks as number[]).map((p) => content.at(p) ?? c.fail('an index is out of range')),
  );
};

const reduce: ShapeFunction = (c) => {
  const dims = c.dims(0);
  const keep = intOf(c.node, 'keepdims', 1) === 1;
  const none = !c.has(1) || c.numbers(1).length === 0;
  if (none && intOf(c.node, 'noop_with_empty_axes', 0) === 1) return one(c.type(0));
  const axes = none ? [...dims.keys()] : c.numbers(1).map((a) => normalizeAxis(a, dims.length));
  return one({ dtype: c.type(0).dtype, dims: reduced(dims, axes, keep) });
};

const reduced = (dims: readonly Dim[], axes: readonly number[], keep: boolean): Dim[] =>
  keep ? dims.map((d, a) => (axes.includes(a) ? 1 : d)) : dims.filter((_, a) => !axes.includes(a));

const argReduce: ShapeFunction = (c) => {
  const dims = c.dims(0);
  const axis = normalizeAxis(intOf(c.node, 'axis', 0), dims.length);
  return one({ dtype: 'int64', dims: reduced(dims, [axis], intOf(c.node, 'keepdims', 1) === 1) });
};

/** The content of a shape multiplied together: how many elements there are. */
const reduceProd: ShapeFunction = (c) => {
  const result = reduce(c);
  const content = c.content(0);
  const sizes = content?.every((d) => typeof d === 'string' || d >= 0);
  return content && sizes && result.outputs[0]?.dims?.every((d) => d === 1)
    ? { ...result, content: [product(content)] }
    : result;
};

const split: ShapeFunction = (c) => {
  const dims = c.dims(0);
  const axis = normalizeAxis(intOf(c.node, 'axis', 0), dims.length);
  const whole = dims[axis]!;
  const count = c.node.outputs.length;
  if (!c.has(1) && typeof whole !== 'number') throw new UnknownShape('it splits a free dimension');
  const part = Math.ceil(Number(whole) / count);
  const sizes = c.has(1)
    ? c.numbers(1)
    : c.node.outputs.map((_, i) => Math.max(0, Math.min(part, Number(whole) - i * part)));
  const outputs = sizes.map((size) => ({
    dtype: c.type(0).dtype,
    dims: dims.map((d, a) => (a === axis ? size : d)),
  }));
  return { outputs };
};

const expand: ShapeFunction = (c) => {
  const wanted = c.content(1);
  if (!wanted) throw new UnknownShape('the shape it asks for is computed at run time');
  const dims = broadcast(c.dims(0), wanted) ?? c.fail(`[${c.dims(0)}] cannot become [${wanted}]`);
  return one({ dtype: c.type(0).dtype, dims });
};

const resize: ShapeFunction = (c) => {
  const sizes = c.content(3);
  if (!sizes) throw new UnknownShape(`${stringOf(c.node, 'mode', 'nearest')} resize by scales`);
  if (stringOf(c.node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch') {
    throw new UnknownShape('resize that keeps the aspect ratio');
  }
  const dims = [...c.dims(0)];
  const axes = intsOf(c.node, 'axes', [...dims.keys()]).map((a) => normalizeAxis(a, dims.length));
  axes.forEach((axis, i) => {
    dims[axis] = sizes[i]!;
  });
  return one({ dtype: c.type(0).dtype, dims });
};

const blocks = (c: ShapeContext, toDepth: boolean) => {
  const [n, channels, h, w] = c.dims(0);
  const size = intOf(c.node, 'blocksize', 1);
  const [grow, shrink] = toDepth ? [[channels!], [h!, w!]] : [[h!, w!], [channels!]];
  const times = (d: Dim, by: number) => product([d, by]);
  const over = (d: Dim, by: number) => quotient(d, by) ?? c.fail(`${d} is not a multiple of ${by}`);
  const [bigger, smaller] = [
    grow.map((d) => times(d, toDepth ? size * size : size)),
    shrink.map((d) => over(d, toDepth ? size : size * size)),
  ];
  return one({
    dtype: c.type(0).dtype,
    dims: toDepth ? [n!, ...bigger, ...smaller] : [n!, ...smaller, ...bigger],
  });
};

export const structure: ShapeTable = {
  Reshape: reshape,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Concat: concat,
  Slice: slice,
  Pad: pad,
  Gather: gather,
  Split: split,
  GatherElements: (c) => one({ dtype: c.type(0).dtype, dims: c.dims(1) }),
  ScatterElements: (c) => one(c.type(0)),
  ScatterND: (c) => one(c.type(0)),
  DepthToSpace: (c) => blocks(c, false),
  SpaceToDepth: (c) => blocks(c, true),
  ...Object.fromEntries(
    'ReduceSum ReduceMean ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSum ReduceLogSumExp'
      .split(' ')
      .map((op) => [op, reduce]),
  ),
  ReduceProd: reduceProd,
  ArgMax: argReduce,
  ArgMin: argReduce,
  Shape: (c) => {
    const dims = c.dims(0).slice(intOf(c.node, 'start', 0), intOf(c.node, 'end', c.dims(0).length));
    return one({ dtype: 'int64', dims: [dims.length] }, dims);
  },
  Size: (c) => one({ dtype: 'int64', dims: [] }, [product(c.dims(0))]),
  ConstantOfShape: (c) => {
    const dims = c.content(0);
    const value = c.node.attributes.value;
    const dtype = value?.kind === 'tensor' ? value.value.dtype : 'float32';
    return one({ dtype, ...(dims && { dims }) });
  },
  Range: (c) => {
    const [from, to, by] = [c.content(0)?.[0], c.content(1)?.[0], c.content(2)?.[0]];
    const known = typeof from === 'number' && typeof to === 'number' && typeof by === 'number' && by !== 0;
    const length = known ? Math.max(0, Math.ceil((to - from) / by)) : c.symbol(0);
    return one({ dtype: c.type(0).dtype, dims: [length] });
  },
  Expand: expand,
  OneHot: (c) => {
    const depth = c.content(1)?.[0] ?? `${c.node.outputs[0]}_depth`;
    const dims = [...c.dims(0)];
    dims.splice(normalizeAxis(intOf(c.node, 'axis', -1), dims.length + 1), 0, depth);
    return one({ dtype: c.type(2).dtype, dims });
  },
  Resize: resize,
};
