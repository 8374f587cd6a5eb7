import { type GradientCase, linear, smooth, x } from '../../support/differences.js';
import { type Dim, type GraphBuilder, int64 } from '../../support/toolkit.js';

const one = (
  op: string,
  title: string,
  dims: readonly Dim[],
  build: (g: GraphBuilder, u: string) => string,
) => smooth(op, title, [x(dims)], (g, u) => build(g, u!));

const slice = (
  title: string,
  dims: readonly Dim[],
  axes: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  steps?: readonly number[],
) => one('Slice', title, dims, (g, u) => g.slice(u, axes, starts, ends, steps));

const gather = (
  title: string,
  dims: readonly Dim[],
  axis: number,
  shape: readonly number[],
  index: readonly number[],
) => one('Gather', title, dims, (g, u) => g.gather(u, g.constant(int64(shape, index)), axis));

const END = Number.MAX_SAFE_INTEGER;

export const structureCases: readonly GradientCase[] = [
  one('Reshape', 'split', ['N', 6], (g, u) => g.op('Reshape', [u, g.ints([-1, 2, 3])])),
  one('Reshape', 'copied dimension', ['N', 2, 3], (g, u) => g.op('Reshape', [u, g.ints([0, 6])])),
  one('Reshape', 'two free dimensions', ['N', 'T', 4], (g, u) => g.op('Reshape', [u, g.ints([0, 0, 2, 2])])),
  one('Reshape', 'to a vector', ['N', 6], (g, u) => g.op('Reshape', [u, g.ints([-1])])),
  one('Reshape', 'shape computed from the input', ['N', 6], (g, u) => {
    const batch = g.gather(g.op('Shape', [u]), g.ints([0]));
    return g.op('Reshape', [u, g.concat([batch, g.ints([3, 2])], 0)]);
  }),
  one('Flatten', 'default axis', ['N', 2, 3], (g, u) => g.op('Flatten', [u])),
  one('Flatten', 'axis 0', ['N', 2, 3], (g, u) => g.op('Flatten', [u], { axis: 0 })),
  one('Flatten', 'negative axis', ['N', 'T', 3], (g, u) => g.op('Flatten', [u], { axis: -1 })),
  one('Squeeze', 'given axes', [1, 'N', 1, 3], (g, u) => g.squeeze(u, [0, -2])),
  one('Squeeze', 'all of size one', [1, 2, 1, 3], (g, u) => g.op('Squeeze', [u])),
  one('Unsqueeze', 'several', ['N', 3], (g, u) => g.unsqueeze(u, [0, -1])),
  one('Transpose', 'default', ['N', 3, 4], (g, u) => g.op('Transpose', [u])),
  one('Transpose', 'three-cycle', ['N', 3, 4], (g, u) => g.transpose(u, [2, 0, 1])),
  smooth('Concat', 'first axis', [x([1, 3]), x([2, 3])], (g, ...u) => g.concat(u, 0)),
  smooth('Concat', 'last axis of three', [x(['N', 2]), x(['N', 1]), x(['N', 3])], (g, ...u) =>
    g.concat(u, -1),
  ),
  smooth('Concat', 'middle axis', [x(['N', 2, 3]), x(['N', 1, 3])], (g, ...u) => g.concat(u, 1)),
  one('Concat', 'one value twice', ['N', 3], (g, u) => g.concat([u, u], 1)),
  smooth('Split', 'given sizes', [x(['N', 5])], (g, u) =>
    g.ops('Split', [u!, g.ints([2, 3])], { axis: 1 }, { outputs: 2 }),
  ),
  smooth('Split', 'equal parts, negative axis', [x(['N', 4])], (g, u) =>
    g.ops('Split', [u!], { axis: -1, num_outputs: 2 }, { outputs: 2 }),
  ),
  smooth('Split', 'last part smaller, one part unused', [x([5, 2])], (g, u) =>
    g.ops('Split', [u!], { num_outputs: 3 }, { outputs: 3 }).slice(1),
  ),
  slice('plain', ['N', 5], [1], [1], [4]),
  slice('step 2', ['N', 5], [1], [0], [END], [2]),
  slice('step 2 from 1', ['N', 6], [1], [1], [5], [2]),
  slice('step -1', ['N', 4], [1], [-1], [-END], [-1]),
  slice('step -2', ['N', 5], [-1], [3], [-END], [-2]),
  slice('several axes', ['N', 4, 5], [2, 1], [1, -3], [END, -1], [2, 1]),
  slice('negative bounds', ['N', 5], [-1], [-4], [-1]),
  slice('bounds beyond the ends', ['N', 4], [1], [-100], [100]),
  slice('whole free axis', ['N', 4], [0, 1], [0, 2], [END, END]),
  one('Slice', 'axes by default', [3, 4], (g, u) => g.op('Slice', [u, g.ints([1, 0]), g.ints([3, 2])])),
  slice('one element', ['N', 4], [1], [2], [3], [3]),
  one('Pad', 'all axes', [2, 3], (g, u) => g.pad(u, [1, 0, 0, 2])),
  one('Pad', 'free batch', ['N', 2, 3], (g, u) => g.pad(u, [0, 1, 2, 0, 0, 1])),
  one('Pad', 'negative pads crop', ['N', 4, 4], (g, u) => g.pad(u, [0, -1, 1, 0, 0, -2])),
  one('Pad', 'given axes', ['N', 3, 4], (g, u) =>
    g.op('Pad', [u, g.ints([1, 2, 0, -1]), '', g.ints([-1, 1])]),
  ),
  smooth('Pad', 'the padding is an input', [x(['N', 3]), x([])], (g, u, v) =>
    g.op('Pad', [u!, g.ints([0, 1, 0, 2]), v!]),
  ),
  smooth('Pad', 'padding and cropping, the padding is an input', [x([2, 3]), x([1])], (g, u, v) =>
    g.op('Pad', [u!, g.ints([1, -1, 0, 2]), g.squeeze(v!, [0])]),
  ),
  gather('vector', [4], 0, [3], [2, 0, 2]),
  gather('vector, matrix of indices', [4], 0, [2, 2], [1, -1, 0, 1]),
  gather('vector, one element', [4], 0, [], [-2]),
  gather('axis 0', [4, 3], 0, [3], [3, 3, -4]),
  gather('axis 1, free batch', ['N', 4, 3], 1, [3], [0, -1, 0]),
  gather('axis 1 of two free axes', ['N', 4, 'T'], 1, [2], [1, 1]),
  gather('last axis', ['N', 4], -1, [2], [1, 3]),
  gather('drops the axis', ['N', 4, 3], 1, [], [2]),
  gather('matrix of indices', ['N', 4, 3], 1, [2, 2], [1, 1, -1, 0]),
  one('Expand', 'to a constant shape', [3, 1], (g, u) => g.op('Expand', [u, g.ints([2, 3, 4])])),
  one('Expand', 'smaller than the input', ['N', 3], (g, u) => g.op('Expand', [u, g.ints([1])])),
  smooth('Expand', 'to the shape of another value', [x([1, 3]), x(['N', 3])], (g, u, v) =>
    g.mul(g.op('Expand', [u!, g.op('Shape', [v!])]), v!),
  ),
  one('DepthToSpace', 'channels first', ['N', 8, 2, 3], (g, u) =>
    g.op('DepthToSpace', [u], { blocksize: 2, mode: 'CRD' }),
  ),
  one('DepthToSpace', 'images', ['N', 8, 2, 3], (g, u) => g.op('DepthToSpace', [u], { blocksize: 2 })),
  one('SpaceToDepth', 'images', ['N', 2, 4, 6], (g, u) => g.op('SpaceToDepth', [u], { blocksize: 2 })),
  linear('OneHot', 'values', [x([2])], (g, v) =>
    g.op('OneHot', [g.constant(int64([3], [0, 2, 1])), g.ints([3]), v!], { axis: 0 }),
  ),
];
