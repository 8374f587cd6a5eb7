import { type GradientCase, smooth, type Values, x } from '../../support/differences.js';
import { type Dim, float32 } from '../../support/toolkit.js';

const variations: readonly (readonly [
  string,
  readonly Dim[],
  readonly number[] | undefined,
  Record<string, number>,
])[] = [
  ['one axis', ['N', 3, 4], [1], {}],
  ['negative axis, dropped', ['N', 3, 4], [-1], { keepdims: 0 }],
  ['two axes, dropped', ['N', 3, 4], [2, 1], { keepdims: 0 }],
  ['free axis', ['N', 3], [0], {}],
  ['free axis, dropped', ['N', 3], [0], { keepdims: 0 }],
  ['no axes: all', ['N', 3], undefined, {}],
  ['no axes: all, dropped', ['N', 3], undefined, { keepdims: 0 }],
  ['empty axes: all', ['N', 3], [], {}],
  ['empty axes: nothing', ['N', 3], [], { noop_with_empty_axes: 1 }],
  ['no axes: nothing', ['N', 3], undefined, { noop_with_empty_axes: 1, keepdims: 0 }],
];

const reduce = (op: string, values: Values): GradientCase[] =>
  variations.map(([title, dims, axes, attributes]) =>
    smooth(op, title, [x(dims, values)], (g, u) => g.op(op, axes ? [u!, g.ints(axes)] : [u!], attributes)),
  );

export const reductionCases: readonly GradientCase[] = [
  ...reduce('ReduceProd', 'nonzero'),
  smooth('ReduceProd', 'zeros', [x(['N', 3])], (g, u = '') => {
    const zeros = g.cast(g.constant(float32([4, 1, 3], [1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0])), g.dtype(u));
    return g.op('ReduceProd', [g.mul(u, zeros), g.ints([-1])], { keepdims: 0 });
  }),
  ...reduce('ReduceSum', 'normal'),
  ...reduce('ReduceMean', 'normal'),
  ...reduce('ReduceSumSquare', 'normal'),
  ...reduce('ReduceL1', 'nonzero'),
  ...reduce('ReduceL2', 'nonzero'),
  // With empty axes that mean nothing, ONNX Runtime reduces each element by itself: ln x.
  ...reduce('ReduceLogSum', 'positive'),
  ...reduce('ReduceLogSumExp', 'normal'),
  ...reduce('ReduceMax', 'distinct'),
  ...reduce('ReduceMin', 'distinct'),
];
