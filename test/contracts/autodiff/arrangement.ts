import { type GradientCase, linear, smooth, x } from '../../support/differences.js';
import { type Dim, type GraphBuilder, int64 } from '../../support/toolkit.js';

const one = (
  op: string,
  title: string,
  dims: readonly Dim[],
  build: (g: GraphBuilder, u: string) => string,
) => smooth(op, title, [x(dims)], (g, ...u) => build(g, u[0] ?? ''));

const indices = (g: GraphBuilder, dims: readonly number[], values: readonly number[]) =>
  g.constant(int64(dims, values));

export const arrangementCases: readonly GradientCase[] = [
  one('Tile', 'several axes', ['N', 2, 3], (g, u) => g.op('Tile', [u, g.ints([1, 3, 2])])),
  one('Tile', 'the free axis', ['N', 3], (g, u) => g.op('Tile', [u, g.ints([2, 1])])),
  one('Tile', 'two free axes', ['N', 'T', 2], (g, u) => g.op('Tile', [u, g.ints([2, 1, 3])])),
  one('Trilu', 'upper', ['N', 3, 4], (g, u) => g.op('Trilu', [u])),
  one('Trilu', 'lower, above the diagonal', ['N', 3, 4], (g, u) =>
    g.op('Trilu', [u, g.scalar(1, 'int64')], { upper: 0 }),
  ),
  one('CumSum', 'plain', ['N', 4], (g, u) => g.op('CumSum', [u, g.scalar(1, 'int64')])),
  one('CumSum', 'exclusive', ['N', 4], (g, u) =>
    g.op('CumSum', [u, g.scalar(-1, 'int64')], { exclusive: 1 }),
  ),
  one('CumSum', 'reverse', ['N', 4], (g, u) => g.op('CumSum', [u, g.scalar(1, 'int64')], { reverse: 1 })),
  one('CumSum', 'reverse and exclusive', [2, 4], (g, u) =>
    g.op('CumSum', [u, g.scalar(0, 'int64')], { reverse: 1, exclusive: 1 }),
  ),
  one('GatherElements', 'an element twice', [2, 3], (g, u) =>
    g.op('GatherElements', [u, indices(g, [2, 3], [0, 0, 2, 1, 2, 1])], { axis: 1 }),
  ),
  one('GatherElements', 'first axis, negative index', [3, 2], (g, u) =>
    g.op('GatherElements', [u, indices(g, [1, 2], [-1, 0])]),
  ),
  smooth('ScatterElements', 'overwrites', [x([3, 3]), x([1, 3])], (g, a = '', b = '') =>
    g.op('ScatterElements', [a, indices(g, [1, 3], [2, 0, 1]), b]),
  ),
  smooth('ScatterElements', 'adds, an element twice', [x([2, 3]), x([2, 2])], (g, a = '', b = '') =>
    g.op('ScatterElements', [a, indices(g, [2, 2], [0, 0, 2, 1]), b], { axis: 1, reduction: 'add' }),
  ),
  one('GatherND', 'whole tuples, one twice', [3, 4], (g, u) =>
    g.op('GatherND', [u, indices(g, [3, 2], [0, 1, 2, 3, 0, 1])]),
  ),
  one('GatherND', 'rows', ['N', 3, 2], (g, u) => g.op('GatherND', [u, indices(g, [2, 1], [1, 0])])),
  one('GatherND', 'for each element of the batch', [2, 3, 4], (g, u) =>
    g.op('GatherND', [u, indices(g, [2, 2, 1], [0, 2, 1, 1])], { batch_dims: 1 }),
  ),
  one('GatherND', 'two batch axes', [2, 2, 3], (g, u) =>
    g.op('GatherND', [u, indices(g, [2, 2, 1], [0, 2, 1, 1])], { batch_dims: 2 }),
  ),
  smooth('ScatterND', 'overwrites', [x([4, 2]), x([2, 2])], (g, a = '', b = '') =>
    g.op('ScatterND', [a, indices(g, [2, 1], [3, 0]), b]),
  ),
  smooth('ScatterND', 'adds, a place twice', [x([2, 3]), x([3])], (g, a = '', b = '') =>
    g.op('ScatterND', [a, indices(g, [3, 2], [0, 1, 1, 2, 0, 1]), b], { reduction: 'add' }),
  ),
  one(
    'TopK',
    'largest of the last axis',
    ['N', 6],
    (g, u) => g.ops('TopK', [u, g.ints([2])], {}, { outputs: 2 })[0] ?? '',
  ),
  one('TopK', 'smallest of another axis, unsorted', [4, 3], (g, u) => {
    const how = { axis: 0, largest: 0, sorted: 0 };
    return g.ops('TopK', [u, g.ints([3])], how, { outputs: 2 })[0] ?? '';
  }),
  linear('Col2Im', 'overlapping blocks', [x(['N', 18, 9])], (g, u = '') =>
    g.op('Col2Im', [u, g.ints([5, 5]), g.ints([3, 3])]),
  ),
  linear('Col2Im', 'padded, strided, dilated', [x([2, 8, 6])], (g, u = '') =>
    g.op('Col2Im', [u, g.ints([5, 6]), g.ints([2, 2])], {
      pads: [1, 1, 0, 0],
      strides: [2, 2],
      dilations: [2, 1],
    }),
  ),
  ...['reflect', 'edge', 'wrap'].flatMap((mode) => [
    one('Pad', `${mode}, both sides`, ['N', 4, 3], (g, u) =>
      g.op('Pad', [u, g.ints([0, 2, 1, 0, 3, 2])], { mode }),
    ),
    one('Pad', `${mode}, one axis`, ['N', 3, 4], (g, u) =>
      g.op('Pad', [u, g.ints([1, 2]), '', g.ints([-1])], { mode }),
    ),
  ]),
];
