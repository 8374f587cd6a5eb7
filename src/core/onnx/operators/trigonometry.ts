import { type OperatorFamily, operator } from './operator.js';
import { same } from './types.js';

/** Circular and hyperbolic functions and their inverses, element by element. */

const unary = operator({ attributes: {}, shape: same });

export const trigonometry = {
  Sin: unary,
  Cos: unary,
  Tan: unary,
  Asin: unary,
  Acos: unary,
  Atan: unary,
  Sinh: unary,
  Cosh: unary,
  Asinh: unary,
  Acosh: unary,
  Atanh: unary,
} as const satisfies OperatorFamily;
