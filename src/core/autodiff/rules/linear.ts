import { bounded } from '../../base/bounded.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import { type Dim, float } from '../../onnx/graph.js';
import { exact, type RuleFamily, sumTo, unsupported } from '../rule.js';

/**
 * `alpha * op(a) op(b)` for matrices, op being transposition or nothing; ONNX Runtime runs it as one SGEMM.
 */
const gemm = (g: GraphBuilder, a: string, b: string, transA: boolean, transB: boolean, alpha = 1) =>
  g.op('Gemm', [a, b], {
    transA: transA ? 1 : 0,
    transB: transB ? 1 : 0,
    ...(alpha !== 1 && { alpha: float(alpha) }),
  });

const swapLast = (g: GraphBuilder, value: string): string => {
  const rank = g.dims(value).length;
  return g.transpose(value, [...Array(bounded(rank - 2)).keys(), rank - 1, rank - 2]);
};

/**
 * Cotangents of a product whose operands may be vectors: lift to matrices, multiply, drop the lifted axis
 * again.
 */
function matMulCotangent(g: GraphBuilder, a: string, b: string, dy: string, side: 0 | 1): string {
  const [da, db] = [g.dims(a), g.dims(b)];
  if (da.length === 2 && db.length === 2) {
    return side === 0 ? gemm(g, dy, b, false, true) : gemm(g, a, dy, true, false);
  }
  const left = da.length === 1 ? g.unsqueeze(a, [0]) : a;
  const right = db.length === 1 ? g.unsqueeze(b, [1]) : b;
  let lifted = db.length === 1 ? g.unsqueeze(dy, [-1]) : dy;
  if (da.length === 1) lifted = g.unsqueeze(lifted, [-2]);
  const full = side === 0 ? g.matmul(lifted, swapLast(g, right)) : g.matmul(swapLast(g, left), lifted);
  const like: readonly Dim[] = side === 0 ? g.dims(left) : g.dims(right);
  const summed = sumTo(g, full, like);
  if (side === 0) return da.length === 1 ? g.squeeze(summed, [0]) : summed;
  return db.length === 1 ? g.squeeze(summed, [1]) : summed;
}

export const linear = {
  MatMul: exact(
    (c) => matMulCotangent(c.g, c.x(0), c.x(1), c.dy, 0),
    (c) => matMulCotangent(c.g, c.x(0), c.x(1), c.dy, 1),
  ),
  Gemm: exact(
    (c) => {
      const { alpha } = c.attributes;
      const [transA, transB] = [c.attributes.transA === 1, c.attributes.transB === 1];
      return transA
        ? gemm(c.g, c.x(1), c.dy, transB, true, alpha)
        : gemm(c.g, c.dy, c.x(1), false, !transB, alpha);
    },
    (c) => {
      const { alpha } = c.attributes;
      const [transA, transB] = [c.attributes.transA === 1, c.attributes.transB === 1];
      return transB
        ? gemm(c.g, c.dy, c.x(0), true, transA, alpha)
        : gemm(c.g, c.x(0), c.dy, !transA, false, alpha);
    },
    (c) => {
      const { beta } = c.attributes;
      const bias = sumTo(c.g, c.dy, c.dims(2));
      return beta === 1 ? bias : c.g.mul(bias, beta);
    },
  ),
  Einsum: unsupported('only where its sizes are known'),
  'com.microsoft::FusedMatMul': unsupported('only without moved batches'),
  'com.microsoft::FusedConv': unsupported('only with an activation of standard ONNX'),
  'com.microsoft::FusedGemm': unsupported('only with an activation of standard ONNX'),
} as const satisfies RuleFamily;
