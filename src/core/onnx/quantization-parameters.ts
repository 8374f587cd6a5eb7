import { bounded } from '../base/bounded.js';
import { type DType, sizeOf, type Tensor } from '../tensor/tensor.js';
import type { GraphBuilder } from './builder.js';
import { isStatic } from './dims.js';
import { normalizeAxis } from './operators/operator.js';

/** Scales and zero points, which belong to a tensor, to an index of one axis, or to blocks along it. */

/** Attributes by which QuantizeLinear and DequantizeLinear say so. */
export interface Granularity {
  readonly axis?: number | undefined;
  readonly block_size?: number | undefined;
}

/** The smallest and the largest integer of a type; undefined for other types. */
export function integerRange(dtype: DType): readonly [number, number] | undefined {
  const [, unsigned, bits] = /^(u?)int(\d+)$/.exec(dtype) ?? [];
  if (bits === undefined) return undefined;
  const size = Number(bits);
  return unsigned === 'u' ? [0, 2 ** size - 1] : [-(2 ** (size - 1)), 2 ** (size - 1) - 1];
}

/**
 * A scale or a zero point in a shape that broadcasts against the value that it belongs to.
 *
 * @returns undefined for blocks whose parameters or sizes are not known before the graph runs
 */
export function aligned(
  g: GraphBuilder,
  parameter: string,
  value: string,
  { axis = 1, block_size: block = 0 }: Granularity,
): string | undefined {
  const dims = g.dims(parameter);
  if (dims.length === 0 || (dims.length === 1 && dims[0] === 1)) return parameter;
  const rank = g.dims(value).length;
  const at = normalizeAxis(axis, rank);
  if (block > 0) return repeated(g, parameter, g.dims(value)[at], at, block);
  if (dims.length > 1 || at === rank - 1) return parameter;
  return g.reshape(
    parameter,
    Array.from({ length: rank }, (_, a) => (a === at ? (dims[0] ?? 1) : 1)),
  );
}

function repeated(g: GraphBuilder, parameter: string, size: unknown, axis: number, block: number) {
  const stored = g.initializerOf(parameter);
  const dims = g.dims(parameter);
  if (stored?.dtype !== 'float32' || typeof size !== 'number' || !isStatic(dims)) return undefined;
  return g.constant(repeatBlocks(stored as Tensor<'float32'>, axis, block, size));
}

/** Each element along an axis `block` times, the last one as often as the size asks for. */
export function repeatBlocks(
  { dims, data }: Tensor<'float32'>,
  axis: number,
  block: number,
  size: number,
): Tensor<'float32'> {
  const wide = dims.map((dim, a) => (a === axis ? size : dim));
  const inner = sizeOf(dims.slice(axis + 1));
  const blocks = dims[axis] ?? 1;
  const numbers = Float32Array.from({ length: bounded(sizeOf(wide)) }, (_, i) => {
    const [outer, along] = [Math.floor(i / (inner * size)), Math.floor(i / inner) % size];
    return data[(outer * blocks + Math.floor(along / block)) * inner + (i % inner)] ?? 0;
  });
  return { dtype: 'float32', dims: wide, data: numbers };
}
