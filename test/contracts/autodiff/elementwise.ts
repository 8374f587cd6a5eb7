import {
  curved,
  type GradientCase,
  type InputSpec,
  linear,
  smooth,
  type Values,
  x,
} from '../../support/differences.js';
import { float, tensor } from '../../support/toolkit.js';

/** Both directions of NumPy broadcasting, scalars, and more than one broadcast axis. */
const shapes: readonly (readonly [string, readonly (number | string)[], readonly (number | string)[]])[] = [
  ['same shape', ['N', 3], ['N', 3]],
  ['second is a vector', ['N', 3], [3]],
  ['first is a vector', [3], ['N', 3]],
  ['second is a scalar', ['N', 3], []],
  ['first is a scalar', [], ['N', 3]],
  ['second has a size of one', ['N', 3], [1, 1]],
  ['each repeats the other', [2, 1, 3], [4, 1]],
  ['per channel', ['N', 3, 2], [3, 1]],
];

const binary = (op: string, first: Values, second: Values, kind = smooth): GradientCase[] =>
  shapes.map(([title, a, b]) =>
    kind(op, title, [x(a, first), x(b, second)], (g, u, v) => g.op(op, [u!, v!])),
  );

const unary = (op: string, values: Values = 'normal', kind = smooth): GradientCase =>
  kind(op, 'elementwise', [x(['N', 3], values)], (g, u) => g.op(op, [u!]));

/** Inputs that never tie, elementwise, wherever they broadcast to. */
const untied = (dims: readonly (number | string)[]): InputSpec => x(dims, 'distinct');
const interleaved = (op: string): GradientCase[] =>
  shapes.map(([title, a, b]) =>
    smooth(op, title, [untied(a), untied(b)], (g, u, v) => g.op(op, [u!, g.add(g.mul(v!, 1.02), 0.1)])),
  );

export const elementwiseCases: readonly GradientCase[] = [
  ...binary('Add', 'normal', 'normal'),
  ...binary('Sub', 'normal', 'normal'),
  ...binary('Mul', 'normal', 'normal'),
  ...binary('Div', 'normal', 'nonzero'),
  ...binary('Pow', 'positive', 'normal'),
  smooth('Pow', 'negative base, whole exponent', [x(['N', 3], 'nonzero')], (g, u) => g.pow(u!, 3)),
  smooth('Pow', 'int64 exponent', [x(['N', 3], 'nonzero')], (g, u) => g.op('Pow', [u!, g.ints([2])])),
  smooth('Sum', 'three inputs, broadcast', [x(['N', 3]), x([3]), x([])], (g, ...u) => g.op('Sum', u)),
  smooth('Sum', 'one input', [x(['N', 3])], (g, u) => g.op('Sum', [u!])),
  ...interleaved('Max'),
  ...interleaved('Min'),
  smooth('Max', 'three inputs', [untied([2, 3]), untied([3]), untied([2, 1])], (g, a, b, c) =>
    g.op('Max', [a!, g.add(b!, 0.1), g.add(c!, 0.2)]),
  ),
  linear('Mean', 'three inputs, broadcast', [x(['N', 3]), x([3]), x([])], (g, ...u) => g.op('Mean', u)),
  unary('Softsign', 'nonzero', curved),
  unary('Mish', 'normal', curved),
  smooth('CastLike', 'the same type', [x(['N', 3]), x([2])], (g, u = '', v = '') => g.op('CastLike', [u, v])),
  linear('CastLike', 'from double to single precision', [x(['N', 3])], (g, u = '') =>
    g.op('CastLike', [g.cast(u, 'float64'), g.scalar(1)]),
  ),
  smooth('Mod', 'remainder of the dividend', [x(['N', 4])], (g, u = '') =>
    g.op('Mod', [g.mul(u, 5), g.scalar(0.7, g.dtype(u))], { fmod: 1 }),
  ),
  smooth('Mod', 'of both, broadcast', [x(['N', 4], 'nonzero'), x([4], 'positive')], (g, ...u) =>
    g.op('Mod', u, { fmod: 1 }),
  ),
  linear('Shrink', 'soft', [x(['N', 12], 'distinct')], (g, u = '') =>
    g.op('Shrink', [u], { bias: float(0.3), lambd: float(1) }),
  ),
  unary('Gelu', 'normal', curved),
  curved('Gelu', 'tanh', [x(['N', 3])], (g, u) => g.op('Gelu', [u!], { approximate: 'tanh' })),
  unary('Elu', 'nonzero', curved),
  curved('Elu', 'alpha of its own', [x(['N', 3], 'nonzero')], (g, u) =>
    g.op('Elu', [u!], { alpha: float(0.5) }),
  ),
  unary('Selu', 'nonzero', curved),
  linear('HardSigmoid', 'both ends', [x(['N', 12], 'distinct')], (g, u) =>
    g.op('HardSigmoid', [u!], { alpha: float(0.5), beta: float(0.45) }),
  ),
  curved('HardSwish', 'both ends', [x(['N', 12], 'distinct')], (g, u) => g.op('HardSwish', [u!])),
  linear('PRelu', 'slope of each channel', [x(['N', 3, 2], 'nonzero'), x([3, 1])], (g, u, v) =>
    g.op('PRelu', [u!, v!]),
  ),
  linear('PRelu', 'one slope', [x(['N', 3], 'nonzero'), x([1])], (g, u, v) => g.op('PRelu', [u!, v!])),
  unary('Neg'),
  unary('Exp'),
  unary('Log', 'positive'),
  unary('Sqrt', 'positive'),
  unary('Reciprocal', 'nonzero'),
  unary('Erf', 'normal', curved),
  unary('Abs', 'nonzero'),
  unary('Relu', 'nonzero'),
  unary('Sigmoid'),
  unary('Tanh'),
  unary('Softplus', 'normal', curved),
  unary('Identity'),
  unary('Celu', 'nonzero', curved),
  curved('Celu', 'alpha of its own', [x(['N', 3], 'nonzero')], (g, u) =>
    g.op('Celu', [u!], { alpha: float(0.5) }),
  ),
  linear('ThresholdedRelu', 'above and below', [x(['N', 8], 'distinct')], (g, u) =>
    g.op('ThresholdedRelu', [u!], { alpha: float(0.1) }),
  ),
  unary('LeakyRelu', 'nonzero', linear),
  linear('LeakyRelu', 'slope of its own', [x(['N', 3], 'nonzero')], (g, u) =>
    g.op('LeakyRelu', [u!], { alpha: float(0.3) }),
  ),
  smooth('Clip', 'both bounds are inputs', [x(['N', 8], 'distinct'), x([]), x([])], (g, u, low, high) =>
    g.op('Clip', [u!, g.sub(low!, 1.5), g.add(high!, 1.5)]),
  ),
  smooth('Clip', 'no lower bound', [x(['N', 8], 'distinct'), x([])], (g, u, high) =>
    g.op('Clip', [u!, '', high!]),
  ),
  smooth('Clip', 'no upper bound', [x(['N', 8], 'distinct'), x([])], (g, u, low) => g.op('Clip', [u!, low!])),
  smooth('Clip', 'no bounds', [x(['N', 3])], (g, u) => g.op('Clip', [u!])),
  smooth('Clip', 'lower bound above the upper', [x(['N', 8], 'distinct'), x([]), x([])], (g, u, low, high) =>
    g.op('Clip', [u!, g.add(low!, 9), g.sub(high!, 9)]),
  ),
  ...shapes.map(([title, a, b]) =>
    smooth('Where', title, [x(a), x(b)], (g, u, v) =>
      g.where(
        g.constant(tensor('bool', title === 'per channel' ? [3, 1] : [1, 3], Uint8Array.of(1, 0, 1))),
        u!,
        v!,
      ),
    ),
  ),
  smooth('Where', 'condition wider than both', [x([3]), x([])], (g, u, v) =>
    g.where(g.constant(tensor('bool', [2, 1], Uint8Array.of(1, 0))), u!, v!),
  ),
  smooth('Dropout', 'at inference', [x(['N', 3])], (g, u) => g.op('Dropout', [u!])),
  smooth('Cast', 'to single precision and back', [x(['N', 3])], (g, u) =>
    g.cast(g.cast(u!, 'float32'), 'float64'),
  ),
].map((test) => (test.op === 'Cast' ? { ...test, step: 0.5, tolerance: 1e-4 } : test));
