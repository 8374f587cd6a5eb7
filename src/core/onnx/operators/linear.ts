import { broadcast } from '../dims.js';
import type { Dim } from '../graph.js';
import { float, int } from './attributes.js';
import { type OperatorFamily, operator, type ShapeContext } from './operator.js';
import { shaped } from './types.js';

type Shape = readonly Dim[];

function fits(c: ShapeContext, a: Shape, b: Shape, columns: Dim | undefined, rows: Dim | undefined): void {
  if (typeof columns !== 'number' || typeof rows !== 'number' || columns === rows) return;
  c.fail(`[${a}] times [${b}]: ${columns} columns meet ${rows} rows`);
}

/**
 * Shape of the product of two stacks of matrices, vectors being rows on the left and columns on the right.
 */
export function productDims(c: ShapeContext, a: readonly Dim[], b: readonly Dim[]): readonly Dim[] {
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  fits(c, a, b, left.at(-1), right.at(-2));
  const batch =
    broadcast(left.slice(0, -2), right.slice(0, -2)) ?? c.fail(`[${a}] and [${b}] have different batches`);
  return [
    ...batch,
    ...(a.length === 1 ? [] : left.slice(-2, -1)),
    ...(b.length === 1 ? [] : right.slice(-1)),
  ];
}

/**
 * Shape of `op(A) op(B)` of two matrices, op being transposition or nothing.
 * @param second which input B is
 */
export function gemmDims(c: ShapeContext, transA: number, transB: number, second = 1): readonly Dim[] {
  const [a, b] = [c.dims(0), c.dims(second)];
  const [a0, a1, b0, b1] = [a[0], a[1], b[0], b[1]];
  if (a.length !== 2 || b.length !== 2 || a0 === undefined || a1 === undefined)
    c.fail(`Gemm takes matrices, got [${a}] and [${b}]`);
  if (b0 === undefined || b1 === undefined) c.fail(`Gemm takes matrices, got [${a}] and [${b}]`);
  const [rows, inner] = transA ? [a1, a0] : [a0, a1];
  const [other, columns] = transB ? [b1, b0] : [b0, b1];
  fits(c, a, b, inner, other);
  return [rows, columns];
}

/** A stack of matrices, transposed where `swap` is 1. */
export const swapped = (dims: readonly Dim[], swap: number): readonly Dim[] =>
  swap === 1 && dims.length > 1 ? [...dims.slice(0, -2), ...dims.slice(-2).reverse()] : dims;

export const linear = {
  MatMul: operator({ attributes: {}, shape: (c) => shaped(c, productDims(c, c.dims(0), c.dims(1))) }),
  Gemm: operator({
    attributes: { alpha: float(1), beta: float(1), transA: int(0), transB: int(0) },
    shape: (c) => shaped(c, gemmDims(c, c.attributes.transA, c.attributes.transB)),
  }),
} as const satisfies OperatorFamily;
