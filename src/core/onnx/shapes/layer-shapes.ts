import { broadcast, product } from '../dims.js';
import { type Dim, intOf, intsOf, type Node, stringOf } from '../graph.js';
import {
  normalizeAxis,
  one,
  type ShapeContext,
  type ShapeFunction,
  type ShapeTable,
  UnknownShape,
} from './environment.js';

/** The window of a convolution or pooling, with ONNX's defaults and `auto_pad` made explicit. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Begin of every spatial axis, then end of every spatial axis. */
  readonly pads: readonly number[];
}

/**
 * @param kernel kernel size by spatial axis
 * @param spatial input size by spatial axis; needed for `auto_pad` alone
 */
export function windowOf(node: Node, kernel: readonly number[], spatial: readonly Dim[]): Window {
  const rank = kernel.length;
  const strides = intsOf(node, 'strides', Array(rank).fill(1));
  const dilations = intsOf(node, 'dilations', Array(rank).fill(1));
  const auto = stringOf(node, 'auto_pad', 'NOTSET');
  if (auto === 'NOTSET')
    return { kernel, strides, dilations, pads: intsOf(node, 'pads', Array(2 * rank).fill(0)) };
  if (auto === 'VALID') return { kernel, strides, dilations, pads: Array(2 * rank).fill(0) };
  const totals = kernel.map((k, axis) => {
    const size = spatial[axis];
    if (typeof size !== 'number') throw new UnknownShape('auto_pad with a spatial size that is not static');
    const outputs = Math.ceil(size / strides[axis]!);
    return Math.max(0, (outputs - 1) * strides[axis]! + (k - 1) * dilations[axis]! + 1 - size);
  });
  const less = totals.map((t) => Math.floor(t / 2));
  const more = totals.map((t) => Math.ceil(t / 2));
  return {
    kernel,
    strides,
    dilations,
    pads: auto === 'SAME_UPPER' ? [...less, ...more] : [...more, ...less],
  };
}

/** Number of window positions along each spatial axis. */
export function outputSize(
  spatial: readonly Dim[],
  w: Window,
  ceil: boolean,
  c: ShapeContext,
): readonly number[] {
  return spatial.map((size, axis) => {
    if (typeof size !== 'number') throw new UnknownShape('a spatial size is not static');
    const [begin, end] = [w.pads[axis]!, w.pads[axis + spatial.length]!];
    const room = size + begin + end - ((w.kernel[axis]! - 1) * w.dilations[axis]! + 1);
    if (room < 0) c.fail(`its window does not fit into ${size} + ${begin + end} elements`);
    const positions = room / w.strides[axis]!;
    if (!ceil) return Math.floor(positions) + 1;
    const rounded = Math.ceil(positions) + 1;
    // A window that would start inside the end padding does not exist.
    return (rounded - 1) * w.strides[axis]! >= size + begin ? rounded - 1 : rounded;
  });
}

const staticKernel = (dims: readonly Dim[]): readonly number[] => {
  if (!dims.every((d) => typeof d === 'number')) throw new UnknownShape('its kernel size is not static');
  return dims as readonly number[];
};

const conv: ShapeFunction = (c) => {
  const [batch, channels, ...spatial] = c.dims(0);
  const [outputs, perGroup, ...kernel] = c.dims(1);
  const group = intOf(c.node, 'group', 1);
  if (kernel.length !== spatial.length) c.fail(`weight [${c.dims(1)}] does not fit input [${c.dims(0)}]`);
  if (typeof channels === 'number' && typeof perGroup === 'number' && channels !== perGroup * group) {
    c.fail(
      `input has ${channels} channels, weight [${c.dims(1)}] with ${group} groups expects ${perGroup * group}`,
    );
  }
  const size = outputSize(spatial, windowOf(c.node, staticKernel(kernel), spatial), false, c);
  return one({ dtype: c.type(0).dtype, dims: [batch!, outputs!, ...size] });
};

const convTranspose: ShapeFunction = (c) => {
  const [batch, , ...spatial] = c.dims(0);
  const [, perGroup, ...kernel] = c.dims(1);
  const w = windowOf(c.node, staticKernel(kernel), spatial);
  const extra = intsOf(c.node, 'output_padding', Array(spatial.length).fill(0));
  const given = intsOf(c.node, 'output_shape');
  const size = spatial.map((length, axis) => {
    if (given) return given[axis]!;
    if (typeof length !== 'number') throw new UnknownShape('a spatial size is not static');
    if (stringOf(c.node, 'auto_pad', 'NOTSET').startsWith('SAME')) return length * w.strides[axis]!;
    const reach = (w.kernel[axis]! - 1) * w.dilations[axis]! + 1;
    return (
      (length - 1) * w.strides[axis]! + reach + extra[axis]! - w.pads[axis]! - w.pads[axis + spatial.length]!
    );
  });
  return one({
    dtype: c.type(0).dtype,
    dims: [batch!, product([perGroup!, intOf(c.node, 'group', 1)]), ...size],
  });
};

const pool: ShapeFunction = (c) => {
  const [batch, channels, ...spatial] = c.dims(0);
  const kernel = intsOf(c.node, 'kernel_shape') ?? c.fail('it has no kernel_shape');
  const size = outputSize(spatial, windowOf(c.node, kernel, spatial), intOf(c.node, 'ceil_mode', 0) === 1, c);
  const dims = [batch!, channels!, ...size];
  return {
    outputs: [
      { dtype: c.type(0).dtype, dims },
      { dtype: 'int64', dims },
    ],
  };
};

const globalPool: ShapeFunction = (c) =>
  one({ dtype: c.type(0).dtype, dims: c.dims(0).map((d, axis) => (axis < 2 ? d : 1)) });

const matMul: ShapeFunction = (c) => {
  const [a, b] = [c.dims(0), c.dims(1)];
  const left = a.length === 1 ? [1, a[0]!] : a;
  const right = b.length === 1 ? [b[0]!, 1] : b;
  const [inner, other] = [left.at(-1)!, right.at(-2)!];
  if (typeof inner === 'number' && typeof other === 'number' && inner !== other) {
    c.fail(`[${a}] times [${b}]: ${inner} columns meet ${other} rows`);
  }
  const batch =
    broadcast(left.slice(0, -2), right.slice(0, -2)) ?? c.fail(`[${a}] and [${b}] have different batches`);
  const dims = [
    ...batch,
    ...(a.length === 1 ? [] : [left.at(-2)!]),
    ...(b.length === 1 ? [] : [right.at(-1)!]),
  ];
  return one({ dtype: c.type(0).dtype, dims });
};

const gemm: ShapeFunction = (c) => {
  const [a, b] = [c.dims(0), c.dims(1)];
  if (a.length !== 2 || b.length !== 2) c.fail(`Gemm takes matrices, got [${a}] and [${b}]`);
  const [rows, inner] = intOf(c.node, 'transA', 0) ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [other, columns] = intOf(c.node, 'transB', 0) ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  if (typeof inner === 'number' && typeof other === 'number' && inner !== other) {
    c.fail(`[${a}] times [${b}]: ${inner} columns meet ${other} rows`);
  }
  return one({ dtype: c.type(0).dtype, dims: [rows, columns] });
};

export const layers: ShapeTable = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  MatMul: matMul,
  Gemm: gemm,
  // In training mode the statistics of the batch follow, of the shapes of the running ones.
  BatchNormalization: (c) => ({
    outputs: intOf(c.node, 'training_mode', 0) === 1 ? [c.type(0), c.type(3), c.type(4)] : [c.type(0)],
  }),
  InstanceNormalization: (c) => one(c.type(0)),
  LayerNormalization: (c) => one(c.type(0)),
  LRN: (c) => one(c.type(0)),
  MaxUnpool: (c) => {
    const shape = c.content(2);
    if (shape) return one({ dtype: c.type(0).dtype, dims: shape });
    const kernel = intsOf(c.node, 'kernel_shape') ?? c.fail('it has no kernel_shape');
    const [batch, channels, ...spatial] = c.dims(0);
    const w = windowOf(c.node, kernel, spatial);
    const size = spatial.map((length, axis) => {
      if (typeof length !== 'number') throw new UnknownShape('a spatial size is not static');
      return (length - 1) * w.strides[axis]! + kernel[axis]! - w.pads[axis]! - w.pads[axis + spatial.length]!;
    });
    return one({ dtype: c.type(0).dtype, dims: [batch!, channels!, ...size] });
  },
  Flatten: (c) => {
    const dims = c.dims(0);
    const axis = normalizeAxis(intOf(c.node, 'axis', 1), dims.length);
    return one({ dtype: c.type(0).dtype, dims: [product(dims.slice(0, axis)), product(dims.slice(axis))] });
  },
};
