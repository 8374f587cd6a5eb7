import { type GradientCase, linear, smooth, x } from '../../support/differences.js';

/** Numbers of single precision alone; the step balances truncation and rounding. */
const curved = (op: string, title: string, values: 'normal' | 'inside' | 'beyond one'): GradientCase => {
  const places = x(['N', 3], values === 'normal' ? 'normal' : 'positive');
  return {
    ...linear(op, title, [places], (g, u = '') => {
      if (values === 'inside') return g.op(op, [g.sub(g.mul(u, 0.8), 0.9)]);
      return g.op(op, [values === 'normal' ? u : g.add(u, 1)]);
    }),
    step: 2e-3,
    tolerance: 5e-3,
  };
};

export const trigonometryCases: readonly GradientCase[] = [
  curved('Sin', 'elementwise', 'normal'),
  curved('Cos', 'elementwise', 'normal'),
  curved('Tan', 'between two poles', 'inside'),
  curved('Asin', 'inside its domain', 'inside'),
  curved('Acos', 'inside its domain', 'inside'),
  curved('Atan', 'elementwise', 'normal'),
  curved('Sinh', 'elementwise', 'normal'),
  curved('Cosh', 'elementwise', 'normal'),
  curved('Asinh', 'elementwise', 'normal'),
  curved('Acosh', 'inside its domain', 'beyond one'),
  curved('Atanh', 'inside its domain', 'inside'),
];

export const sequenceCases: readonly GradientCase[] = [
  linear('ReverseSequence', 'of several lengths', [x([4, 3, 2])], (g, u = '') =>
    g.op('ReverseSequence', [u, g.ints([1, 4, 3])], { time_axis: 0, batch_axis: 1 }),
  ),
  smooth('com.microsoft::Inverse', 'a stack of matrices', [x([2, 3, 3])], (g, u = '') => {
    const diagonal = g.cast(g.op('EyeLike', [g.op('ConstantOfShape', [g.ints([3, 3])])]), 'float64');
    return g.op('Inverse', [g.add(u, g.mul(diagonal, 6))], {}, { domain: 'com.microsoft' });
  }),
];
