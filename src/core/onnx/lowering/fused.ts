import { bounded } from '../../base/bounded.js';
import type { GraphBuilder } from '../builder.js';
import { float } from '../graph.js';
import type { LoweringFamily } from './lowering.js';

/** Operators that ONNX Runtime's optimizer made of several standard ones. */

const swapLast = (g: GraphBuilder, value: string): string => {
  const rank = g.dims(value).length;
  return rank < 2 ? value : g.transpose(value, [...Array(bounded(rank - 2)).keys(), rank - 1, rank - 2]);
};

/** Activations that a fused operator may end in, with the attributes that they take. */
function activated(
  g: GraphBuilder,
  value: string,
  activation: string | undefined,
  [alpha, beta, gamma]: readonly (number | undefined)[],
): string | undefined {
  const given = (names: Readonly<Record<string, number | undefined>>) =>
    Object.fromEntries(
      Object.entries(names).flatMap(([name, number]) =>
        number === undefined ? [] : [[name, float(number)]],
      ),
    );
  switch (activation) {
    case undefined:
      return value;
    case 'Relu':
    case 'Sigmoid':
    case 'Tanh':
    case 'Softplus':
    case 'Softsign':
      return g.op(activation, [value]);
    case 'LeakyRelu':
    case 'Elu':
      return g.op(activation, [value], given({ alpha }));
    case 'HardSigmoid':
      return g.op(activation, [value], given({ alpha, beta }));
    case 'Clip':
      return g.op('Clip', [value, alpha ?? '', beta ?? '']);
    case 'Selu':
      return g.op(activation, [value], given({ alpha, gamma }));
    default:
      return undefined;
  }
}

export const fused = {
  'com.microsoft::FusedConv': (c) => {
    const { g } = c;
    const { activation, activation_params: numbers = [] } = c.attributes;
    const { activation: _, activation_params: __, ...window } = c.node.attributes;
    const inputs = [c.x(0), c.x(1), ...(c.has(2) ? [c.x(2)] : [])];
    const image = g.op('Conv', inputs, window);
    const sum = c.has(3) ? g.add(image, c.x(3)) : image;
    const result = activated(g, sum, activation, numbers);
    return result === undefined ? undefined : [result];
  },
  'com.microsoft::FusedMatMul': (c) => {
    const { alpha, transA, transB, transBatchA, transBatchB } = c.attributes;
    if (transBatchA || transBatchB) return undefined;
    const { g } = c;
    const [a, b] = [transA ? swapLast(g, c.x(0)) : c.x(0), transB ? swapLast(g, c.x(1)) : c.x(1)];
    const product = g.matmul(a, b);
    return [alpha === 1 ? product : g.mul(product, alpha)];
  },
  'com.microsoft::FusedGemm': (c) => {
    const { activation, activation_alpha, activation_beta, activation_gamma, ...gemm } = c.attributes;
    const { g } = c;
    const attributes = { ...gemm, alpha: float(gemm.alpha), beta: float(gemm.beta) };
    const product = g.op('Gemm', c.node.inputs, attributes);
    const numbers = [activation_alpha, activation_beta, activation_gamma];
    const result = activated(g, product, activation, numbers);
    return result === undefined ? undefined : [result];
  },
} as const satisfies LoweringFamily;
