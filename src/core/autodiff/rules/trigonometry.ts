import { exact, type RuleFamily } from '../rule.js';

export const trigonometry = {
  Sin: exact((c) => c.g.mul(c.dy, c.g.op('Cos', [c.x(0)]))),
  Cos: exact((c) => c.g.neg(c.g.mul(c.dy, c.g.op('Sin', [c.x(0)])))),
  Tan: exact((c) => c.g.mul(c.dy, c.g.add(c.g.mul(c.y, c.y), 1))),
  Asin: exact((c) => c.g.div(c.dy, c.g.sqrt(c.g.sub(1, c.g.mul(c.x(0), c.x(0)))))),
  Acos: exact((c) => c.g.neg(c.g.div(c.dy, c.g.sqrt(c.g.sub(1, c.g.mul(c.x(0), c.x(0))))))),
  Atan: exact((c) => c.g.div(c.dy, c.g.add(c.g.mul(c.x(0), c.x(0)), 1))),
  Sinh: exact((c) => c.g.mul(c.dy, c.g.op('Cosh', [c.x(0)]))),
  Cosh: exact((c) => c.g.mul(c.dy, c.g.op('Sinh', [c.x(0)]))),
  Asinh: exact((c) => c.g.div(c.dy, c.g.sqrt(c.g.add(c.g.mul(c.x(0), c.x(0)), 1)))),
  Acosh: exact((c) => c.g.div(c.dy, c.g.sqrt(c.g.sub(c.g.mul(c.x(0), c.x(0)), 1)))),
  Atanh: exact((c) => c.g.div(c.dy, c.g.sub(1, c.g.mul(c.x(0), c.x(0))))),
} as const satisfies RuleFamily;
