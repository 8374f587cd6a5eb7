import { dtypeOfCode } from '../../tensor/tensor.js';
import {
  exact,
  flat,
  isFloating,
  nothing,
  type RuleContext,
  type RuleFamily,
  subgradient,
  sumTo,
  unless,
  variadic,
} from '../rule.js';

/** The cotangent of a broadcast input, from the cotangent of the broadcast result. */
const to = (c: RuleContext, input: number, value: string) => sumTo(c.g, value, c.dims(input));

/** Where the input equals the elementwise extremum, shared evenly among ties, as torch.maximum does. */
const extremum = variadic((c, i) => {
  const { g } = c;
  const winners = c.node.inputs.map((x) => g.cast(g.equal(x, c.y), g.dtype(c.y)));
  const count = winners.reduce((a, b) => g.add(a, b));
  return to(c, i, g.mul(c.dy, g.div(winners[i] ?? count, count)));
}, 'ties share the gradient evenly');

export const elementwise = {
  Add: exact(
    (c) => to(c, 0, c.dy),
    (c) => to(c, 1, c.dy),
  ),
  Sub: exact(
    (c) => to(c, 0, c.dy),
    (c) => to(c, 1, c.g.neg(c.dy)),
  ),
  Mul: exact(
    (c) => to(c, 0, c.g.mul(c.dy, c.x(1))),
    (c) => to(c, 1, c.g.mul(c.dy, c.x(0))),
  ),
  Div: exact(
    (c) => to(c, 0, c.g.div(c.dy, c.x(1))),
    (c) => to(c, 1, c.g.neg(c.g.mul(c.dy, c.g.div(c.y, c.x(1))))),
  ),
  Sum: variadic((c, i) => to(c, i, c.dy)),
  Mean: variadic((c, i) => to(c, i, c.g.div(c.dy, c.node.inputs.length))),
  Max: extremum,
  Min: extremum,
  Pow: subgradient(
    'where the exponent is 0 the base gets 0; ' +
      'where the base is 0 and the exponent is not negative the exponent gets 0',
    (c) => {
      const { g } = c;
      const slope = g.mul(g.cast(c.x(1), g.dtype(c.x(0))), g.pow(c.x(0), g.sub(c.x(1), 1)));
      return to(c, 0, g.mul(c.dy, g.where(g.equal(c.x(1), 0), 0, slope)));
    },
    (c) => {
      const { g } = c;
      const dead = g.op('And', [g.equal(c.x(0), 0), g.op('GreaterOrEqual', [c.x(1), 0])]);
      return to(c, 1, g.mul(c.dy, g.where(dead, 0, g.mul(c.y, g.log(c.x(0))))));
    },
  ),
  Neg: exact((c) => c.g.neg(c.dy)),
  Exp: exact((c) => c.g.mul(c.dy, c.y)),
  Log: exact((c) => c.g.div(c.dy, c.x(0))),
  Sqrt: exact((c) => c.g.div(c.dy, c.g.mul(c.y, 2))),
  Reciprocal: exact((c) => c.g.neg(c.g.mul(c.dy, c.g.mul(c.y, c.y)))),
  Erf: exact((c) =>
    c.g.mul(c.dy, c.g.mul(c.g.exp(c.g.neg(c.g.mul(c.x(0), c.x(0)))), 2 / Math.sqrt(Math.PI))),
  ),
  Abs: subgradient('0 at 0', (c) => c.g.mul(c.dy, c.g.sign(c.x(0)))),
  Sign: flat,
  Floor: flat,
  Ceil: flat,
  Round: flat,
  Clip: subgradient(
    '1 at both bounds; a lower bound above the upper one gets 0, as every element is the upper one then',
    (c) => {
      const { g } = c;
      const inside = [
        ...(c.has(1) ? [g.op('GreaterOrEqual', [c.x(0), c.x(1)])] : []),
        ...(c.has(2) ? [g.op('LessOrEqual', [c.x(0), c.x(2)])] : []),
      ];
      if (inside.length === 0) return c.dy;
      return g.where(
        inside.reduce((a, b) => g.op('And', [a, b])),
        c.dy,
        0,
      );
    },
    (c) => {
      const { g } = c;
      const below = g.less(c.x(0), c.x(1));
      const binding = c.has(2) ? g.op('And', [below, g.less(c.x(1), c.x(2))]) : below;
      return to(c, 1, g.where(binding, c.dy, 0));
    },
    (c) => {
      const { g } = c;
      const above = g.greater(c.x(0), c.x(2));
      const binding = c.has(1) ? g.op('Or', [above, g.less(c.x(2), c.x(1))]) : above;
      return to(c, 2, g.where(binding, c.dy, 0));
    },
  ),
  Where: exact(
    nothing,
    (c) => to(c, 1, c.g.where(c.x(0), c.dy, 0)),
    (c) => to(c, 2, c.g.where(c.x(0), 0, c.dy)),
  ),
  Identity: exact((c) => c.dy),
  Dropout: unless(
    (c) => {
      const training = c.has(2) ? c.g.initializerOf(c.x(2)) : undefined;
      return c.has(2) && (!training || training.data[0]) ? 'in training mode it is random' : undefined;
    },
    exact((c) => c.dy),
  ),
  Cast: {
    kind: 'exact',
    vjp: (c) => {
      const [from, into] = [c.g.dtype(c.x(0)), dtypeOfCode(c.attributes.to) ?? 'int64'];
      return isFloating(from) && isFloating(into) ? c.g.cast(c.dy, from) : undefined;
    },
  },
  CastLike: exact((c) => {
    const [from, into] = [c.g.dtype(c.x(0)), c.g.dtype(c.x(1))];
    return isFloating(from) && isFloating(into) ? c.g.cast(c.dy, from) : undefined;
  }, nothing),
  Equal: flat,
  Greater: flat,
  GreaterOrEqual: flat,
  Less: flat,
  LessOrEqual: flat,
  And: flat,
  Or: flat,
  Xor: flat,
  Not: flat,
  IsNaN: flat,
  IsInf: flat,
  // y = a - b * trunc(a / b), and the truncated part has no slope.
  Mod: exact(
    (c) => to(c, 0, c.dy),
    (c) => to(c, 1, c.g.mul(c.dy, c.g.div(c.g.sub(c.y, c.x(0)), c.x(1)))),
  ),
  BitShift: flat,
  BitwiseAnd: flat,
  BitwiseOr: flat,
  BitwiseXor: flat,
  BitwiseNot: flat,
} as const satisfies RuleFamily;
