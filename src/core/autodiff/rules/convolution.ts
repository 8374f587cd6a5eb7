import { bounded } from '../../base/bounded.js';
import { MODEL_LIMITS } from '../../base/limits.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import type { Dim } from '../../onnx/graph.js';
import { type Window, windowOf } from '../../onnx/operators/window.js';
import { sizeOf } from '../../tensor/tensor.js';
import { channelsOf, exact, type RuleContext, type RuleFamily, spatialOf, unless } from '../rule.js';

/**
 * Below this many input channels the transposed convolution wins over a convolution with flipped weights,
 * whose output channels would leave the blocked kernels of ONNX Runtime mostly empty (6 ms against 30 ms
 * for one channel, 64 filters of 5x5 on 128 images of 28x28).
 */
const FEW_CHANNELS = 8;

interface Geometry extends Window {
  readonly group: number;
  /** Spatial sizes of the input and of the output. */
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/** Geometry of `y = Conv(x, w)`; for ConvTranspose, of the convolution that it transposes. */
function geometry(c: RuleContext<'Conv' | 'ConvTranspose'>, x: string, y: string): Geometry {
  const spatial = (value: string) => spatialOf(c.g, value);
  const window = windowOf(c.attributes, spatial(c.x(1)), spatial(x));
  return { ...window, group: c.attributes.group, input: spatial(x), output: spatial(y) };
}

const attributes = (geo: Geometry, pads = geo.pads) => ({
  pads,
  strides: geo.strides,
  dilations: geo.dilations,
  group: geo.group,
});

/** Spatial elements that the windows cover from the first to the last, before padding is taken away. */
const covered = (geo: Geometry) =>
  geo.output.map((size, a) => (size - 1) * geo.strides[a]! + (geo.kernel[a]! - 1) * geo.dilations[a]! + 1);

/** Cotangent of the input of a convolution: [N, C, ...] from dy [N, O, ...] and w [O, C/group, ...]. */
function inputCotangent(g: GraphBuilder, dy: string, w: string, geo: Geometry, channels: number): string {
  const stride1 = geo.strides.every((s) => s === 1);
  const reach = geo.kernel.map((k, a) => (k - 1) * geo.dilations[a]!);
  const rank = geo.kernel.length;
  const flippedPads = geo.pads.map((p, i) => reach[i % rank]! - p);
  if (stride1 && channels > FEW_CHANNELS && flippedPads.every((p) => p >= 0)) {
    return g.op('Conv', [dy, flipped(g, w, geo)], attributes(geo, flippedPads));
  }
  // Inputs behind the last window got no gradient; they are fewer than a stride.
  const rest = covered(geo).map((size, a) => geo.input[a]! - (size - geo.pads[a]! - geo.pads[a + rank]!));
  return g.op('ConvTranspose', [dy, w], { ...attributes(geo), output_padding: rest });
}

/** Weights turned by 180 degrees with input and output channels swapped, group by group. */
function flipped(g: GraphBuilder, w: string, geo: Geometry): string {
  const [outputs, perGroup] = g.dims(w) as readonly number[];
  const spatial = geo.kernel.map((_, a) => a);
  const axes = spatial.map((a) => a + 2);
  const turned = g.slice(
    w,
    axes,
    axes.map(() => -1),
    axes.map(() => -(2 ** 31)),
    axes.map(() => -1),
  );
  if (geo.group === 1) return g.transpose(turned, [1, 0, ...axes]);
  const split = g.reshape(turned, [geo.group, outputs! / geo.group, perGroup!, ...geo.kernel]);
  const swapped = g.transpose(split, [0, 2, 1, ...spatial.map((a) => a + 3)]);
  return g.reshape(swapped, [geo.group * perGroup!, outputs! / geo.group, ...geo.kernel]);
}

/**
 * Cotangent of the weight [O, C/group, ...]: for each kernel offset, the product of dy with the input shifted
 * by that offset. In ONNX Runtime both forms below beat a convolution with batch and channels swapped by a
 * factor of two and more.
 */
function weightCotangent(
  g: GraphBuilder,
  x: string,
  dy: string,
  geo: Geometry,
  wDims: readonly Dim[],
): string {
  const rank = geo.kernel.length;
  bounded(sizeOf(geo.kernel), 'the positions of a kernel', MODEL_LIMITS.kernelPositions);
  const padded = geo.pads.some((p) => p !== 0)
    ? g.pad(x, [0, 0, ...geo.pads.slice(0, rank), 0, 0, ...geo.pads.slice(rank)])
    : x;
  const [outputs, perGroup] = wDims as readonly number[];
  const many = geo.group === 1 && perGroup! > FEW_CHANNELS && rank === 2;
  return many
    ? productsByOffset(g, padded, dy, geo, outputs!, perGroup!)
    : oneProduct(g, padded, dy, geo, outputs!, perGroup!);
}

/**
 * The part of axis `axis` that kernel offset `offset` of spatial axis `a` meets, one element per output
 * position.
 */
function shifted(
  g: GraphBuilder,
  value: string,
  axis: number,
  a: number,
  offset: number,
  geo: Geometry,
): string {
  const start = offset * geo.dilations[a]!;
  const end = start + (geo.output[a]! - 1) * geo.strides[a]! + 1;
  return g.slice(value, [axis], [start], [end], geo.strides[a] === 1 ? undefined : [geo.strides[a]!]);
}

/**
 * Many channels: one matrix product for each offset, with never more than one shifted copy of the input
 * alive. Rows lead the layout [C, H, N, W], so that shifting by rows copies long runs of memory.
 */
function productsByOffset(
  g: GraphBuilder,
  x: string,
  dy: string,
  geo: Geometry,
  outputs: number,
  channels: number,
): string {
  const rowsFirst = [1, 2, 0, 3];
  const images = g.transpose(x, rowsFirst);
  const dyRows = g.op('Reshape', [g.transpose(dy, rowsFirst), g.ints([outputs, -1])]);
  const [height, width] = geo.kernel as [number, number];
  const byColumn = Array.from({ length: width }, (_, v) => shifted(g, images, 3, 1, v, geo));
  const products = Array.from({ length: height }, (_, u) =>
    byColumn.map((column) => {
      const matrix = g.op('Reshape', [shifted(g, column, 1, 0, u, geo), g.ints([channels, -1])]);
      return g.op('Gemm', [dyRows, matrix], { transB: 1 });
    }),
  ).flat();
  const joined = g.reshape(g.concat(products, 1), [outputs, height * width, channels]);
  return g.reshape(g.transpose(joined, [0, 2, 1]), [outputs, channels, height, width]);
}

/**
 * Few channels for each output: the shifted inputs side by side (im2col), so that one product is large
 * enough.
 */
function oneProduct(
  g: GraphBuilder,
  x: string,
  dy: string,
  geo: Geometry,
  outputs: number,
  perGroup: number,
): string {
  const channelsFirst = [1, 0, ...geo.kernel.map((_, a) => a + 2)];
  const images = g.transpose(x, channelsFirst);
  const offsets = positions(geo.kernel);
  const columns = offsets.map((offset) =>
    offset.reduce((value, o, a) => shifted(g, value, a + 2, a, o, geo), images),
  );
  const count = offsets.length;
  const dyRows = g.transpose(dy, channelsFirst);
  if (geo.group === 1) {
    const matrix = g.op('Reshape', [g.concat(columns, 0), g.ints([count * perGroup, -1])]);
    const product = g.op('Gemm', [g.op('Reshape', [dyRows, g.ints([outputs, -1])]), matrix], { transB: 1 });
    const shaped = g.reshape(product, [outputs, count, perGroup]);
    return g.reshape(g.transpose(shaped, [0, 2, 1]), [outputs, perGroup, ...geo.kernel]);
  }
  const perOffset = columns.map((c) => g.op('Reshape', [c, g.ints([geo.group, perGroup, 1, -1])]));
  const matrix = g.op('Reshape', [g.concat(perOffset, 2), g.ints([geo.group, perGroup * count, -1])]);
  const rows = g.op('Reshape', [dyRows, g.ints([geo.group, outputs / geo.group, -1])]);
  return g.reshape(g.matmul(rows, g.transpose(matrix, [0, 2, 1])), [outputs, perGroup, ...geo.kernel]);
}

/** All offsets inside a kernel, last axis fastest. */
const positions = (kernel: readonly number[]): number[][] =>
  kernel.reduce<number[][]>(
    (all, k) => all.flatMap((o) => Array.from({ length: bounded(k) }, (_, i) => [...o, i])),
    [[]],
  );

const biasCotangent = (c: RuleContext) => {
  const rank = c.g.dims(c.dy).length;
  const axes = [...Array(rank).keys()].filter((a) => a !== 1);
  return c.g.sum(c.dy, axes, false);
};

const convOf = (c: RuleContext<'Conv'>) => geometry(c, c.x(0), c.y);
/** ConvTranspose maps what is its convolution's output to that convolution's input. */
const transposedOf = (c: RuleContext<'ConvTranspose'>) => geometry(c, c.y, c.x(0));

export const convolution = {
  Conv: exact(
    (c) => inputCotangent(c.g, c.dy, c.x(1), convOf(c), channelsOf(c.g, c.x(0))),
    (c) => weightCotangent(c.g, c.x(0), c.dy, convOf(c), c.dims(1)),
    biasCotangent,
  ),
  ConvTranspose: unless(
    (c) =>
      c.attributes.output_shape || c.attributes.auto_pad !== 'NOTSET'
        ? 'output_shape and auto_pad are not supported; export it with explicit pads'
        : undefined,
    exact(
      (c) => c.g.op('Conv', [c.dy, c.x(1)], attributes(transposedOf(c))),
      (c) => weightCotangent(c.g, c.dy, c.x(0), transposedOf(c), c.dims(1)),
      biasCotangent,
    ),
  ),
} as const satisfies RuleFamily;
