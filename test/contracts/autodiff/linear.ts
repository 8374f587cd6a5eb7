import { type GradientCase, smooth, x } from '../../support/differences.js';
import { type Dim, float } from '../../support/toolkit.js';

const matMul = (title: string, a: readonly Dim[], b: readonly Dim[]): GradientCase =>
  smooth('MatMul', title, [x(a), x(b)], (g, u, v) => g.matmul(u!, v!));

const transposes = [0, 1].flatMap((transA) => [0, 1].map((transB) => ({ transA, transB })));

const gemm = (title: string, c: readonly Dim[], attributes = {}): GradientCase =>
  smooth('Gemm', title, [x(['N', 3]), x([3, 4]), x(c)], (g, ...u) => g.op('Gemm', u, attributes));

export const linearCases: readonly GradientCase[] = [
  matMul('matrices', ['N', 3], [3, 4]),
  matMul('vector and vector', [3], [3]),
  matMul('vector and matrix', [3], [3, 4]),
  matMul('matrix and vector', ['N', 3], [3]),
  matMul('vector and batch', [3], ['N', 3, 4]),
  matMul('batch and vector', ['N', 2, 3], [3]),
  matMul('equal batches', ['N', 2, 3], ['N', 3, 4]),
  matMul('batch and matrix', ['N', 2, 3], [3, 4]),
  matMul('matrix and batch', [2, 3], ['N', 3, 4]),
  matMul('batches that broadcast each other', [3, 1, 2, 3], [2, 3, 2]),
  matMul('two free batch axes', ['N', 'T', 2, 3], ['T', 3, 2]),
  ...transposes.map(({ transA, transB }) =>
    smooth(
      'Gemm',
      `transA ${transA}, transB ${transB}, alpha, no bias`,
      [x(transA ? [3, 'N'] : ['N', 3]), x(transB ? [4, 3] : [3, 4])],
      (g, a, b) => g.op('Gemm', [a!, b!], { transA, transB, alpha: float(0.5) }),
    ),
  ),
  gemm('bias [N]', [4]),
  gemm('bias [1, N]', [1, 4]),
  gemm('bias [M, 1]', ['N', 1], { beta: float(0.5) }),
  gemm('bias [M, N]', ['N', 4], { beta: float(-2), alpha: float(0.25) }),
  gemm('scalar bias', [], { beta: float(3) }),
  gemm('bias [1]', [1]),
];
