import { exact, flat, type RuleContext, type RuleFamily, subgradient, sumTo, unsupported } from '../rule.js';

/** `positive * dy` for positive inputs; otherwise dy times the slope, which the output tells: y + offset. */
const exponential = (c: RuleContext, positive: number, offset: number) => {
  const { g } = c;
  const above = positive === 1 ? c.dy : g.mul(c.dy, positive);
  return g.where(g.greater(c.x(0), 0), above, g.mul(c.dy, g.add(c.y, offset)));
};

/** Derivative of `x * P(X <= x)` for a standard normal X. */
const gelu = (c: RuleContext<'Gelu'>) => {
  const { g } = c;
  const x = c.x(0);
  const square = g.mul(x, x);
  if (c.attributes.approximate === 'tanh') {
    // t = tanh(k (x + a x^3)); the slope is (1 + t)/2 + x/2 (1 - t^2) k (1 + 3 a x^2).
    const [k, a] = [Math.sqrt(2 / Math.PI), 0.044715];
    const t = g.op('Tanh', [g.mul(g.mul(x, g.add(g.mul(square, a), 1)), k)]);
    const inner = g.mul(g.add(g.mul(square, 3 * a), 1), k);
    const bend = g.mul(g.mul(x, g.sub(1, g.mul(t, t))), inner);
    return g.mul(c.dy, g.mul(g.add(g.add(t, 1), bend), 0.5));
  }
  const probability = g.mul(g.add(g.op('Erf', [g.mul(x, Math.SQRT1_2)]), 1), 0.5);
  const density = g.mul(g.exp(g.mul(square, -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return g.mul(c.dy, g.add(probability, g.mul(x, density)));
};

export const activation = {
  PRelu: subgradient(
    'the slope of the negative side at 0',
    (c) => c.g.where(c.g.greater(c.x(0), 0), c.dy, c.g.mul(c.dy, c.x(1))),
    (c) => sumTo(c.g, c.g.where(c.g.greater(c.x(0), 0), 0, c.g.mul(c.dy, c.x(0))), c.dims(1)),
  ),
  Elu: subgradient('alpha at 0', (c) => exponential(c, 1, c.attributes.alpha)),
  Selu: subgradient('the slope of the negative side at 0', (c) => {
    const { gamma, alpha } = c.attributes;
    return exponential(c, gamma, gamma * alpha);
  }),
  HardSigmoid: subgradient('0 where it reaches 0 and 1', (c) => {
    const { g } = c;
    const inside = g.op('And', [g.greater(c.y, 0), g.less(c.y, 1)]);
    return g.where(inside, g.mul(c.dy, c.attributes.alpha), 0);
  }),
  HardSwish: subgradient('0 at -3 and 1 at 3', (c) => {
    const { g } = c;
    const x = c.x(0);
    const between = g.mul(c.dy, g.add(g.mul(x, 1 / 3), 0.5));
    return g.where(g.op('LessOrEqual', [x, -3]), 0, g.where(g.less(x, 3), between, c.dy));
  }),
  Gelu: exact(gelu),
  Mish: exact((c) => {
    const { g } = c;
    const t = g.op('Tanh', [g.op('Softplus', [c.x(0)])]);
    const bend = g.mul(g.mul(c.x(0), g.op('Sigmoid', [c.x(0)])), g.sub(1, g.mul(t, t)));
    return g.mul(c.dy, g.add(t, bend));
  }),
  Softsign: exact((c) => {
    const { g } = c;
    const width = g.add(g.op('Abs', [c.x(0)]), 1);
    return g.div(c.dy, g.mul(width, width));
  }),
  Relu: subgradient('0 at 0', (c) => c.g.where(c.g.greater(c.y, 0), c.dy, 0)),
  LeakyRelu: subgradient('the negative slope at 0', (c) => {
    const slope = c.g.mul(c.dy, c.attributes.alpha);
    return c.g.where(c.g.greater(c.x(0), 0), c.dy, slope);
  }),
  Sigmoid: exact((c) => c.g.mul(c.dy, c.g.mul(c.y, c.g.sub(c.g.scalar(1, c.g.dtype(c.y)), c.y)))),
  Tanh: exact((c) => c.g.mul(c.dy, c.g.sub(c.g.scalar(1, c.g.dtype(c.y)), c.g.mul(c.y, c.y)))),
  Softplus: exact((c) => c.g.mul(c.dy, c.g.op('Sigmoid', [c.x(0)]))),
  Celu: exact((c) => {
    const { g } = c;
    const below = g.exp(g.mul(g.op('Min', [c.x(0), 0]), 1 / c.attributes.alpha));
    return g.mul(c.dy, below);
  }),
  ThresholdedRelu: subgradient('0 at alpha', (c) =>
    c.g.where(c.g.greater(c.x(0), c.attributes.alpha), c.dy, 0),
  ),
  Shrink: subgradient('0 at lambd and -lambd', (c) =>
    c.g.where(c.g.greater(c.g.op('Abs', [c.x(0)]), c.attributes.lambd), c.dy, 0),
  ),
  Swish: unsupported(),
  Hardmax: flat,
} as const satisfies RuleFamily;
