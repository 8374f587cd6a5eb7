import { float, int, string } from './attributes.js';
import { type OperatorFamily, operator } from './operator.js';
import { change, input, output, step } from './rewrites.js';
import { broadcasting, same } from './types.js';

const plain = operator({ attributes: {}, shape: same });

/** Used to work on the matrix whose rows are the axes before `axis` and whose columns are all others. */
const overMatrix = operator({
  attributes: { axis: int(-1) },
  shape: same,
  upgrade: {
    before: 13,
    attributes: { axis: int(1) },
    rewrite: (c) => {
      const { axis } = c.attributes;
      const rank = c.type(0)?.dims?.length;
      if (axis === -1 || axis + 1 === rank) return [change(c.node, { set: { axis: -1 } })];
      const [matrix, result, shape] = [c.fresh(), c.fresh(), c.fresh()];
      return [
        step('Flatten', [input(c)], matrix, { axis }),
        change(c.node, { inputs: [matrix], outputs: [result], set: { axis: -1 } }),
        step('Shape', [input(c)], shape),
        step('Reshape', [result, shape], output(c), { allowzero: 1 }),
      ];
    },
  },
});

export const activation = {
  Relu: plain,
  LeakyRelu: operator({ attributes: { alpha: float(0.01) }, shape: same }),
  PRelu: operator({ attributes: {}, shape: broadcasting }),
  Elu: operator({ attributes: { alpha: float(1) }, shape: same }),
  Celu: operator({ attributes: { alpha: float(1) }, shape: same }),
  // Constants of Klambauer et al. 2017, as ONNX spells them.
  Selu: operator({
    attributes: { alpha: float(1.6732632423543772), gamma: float(1.0507009873554805) },
    shape: same,
  }),
  ThresholdedRelu: operator({ attributes: { alpha: float(1) }, shape: same }),
  HardSigmoid: operator({ attributes: { alpha: float(0.2), beta: float(0.5) }, shape: same }),
  HardSwish: plain,
  Gelu: operator({ attributes: { approximate: string('none') }, shape: same }),
  Mish: plain,
  Shrink: operator({ attributes: { bias: float(0), lambd: float(0.5) }, shape: same }),
  Swish: operator({ attributes: { alpha: float(1) }, shape: same }),
  Sigmoid: plain,
  Tanh: plain,
  Softplus: plain,
  Softsign: plain,
  Softmax: overMatrix,
  LogSoftmax: overMatrix,
  Hardmax: overMatrix,
} as const satisfies OperatorFamily;
