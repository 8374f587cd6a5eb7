import { normalizeAxis } from '../../onnx/operators/operator.js';
import {
  channelsOf,
  exact,
  flat,
  isFloating,
  type RuleContext,
  type RuleFamily,
  sumTo,
  unless,
  unsupported,
  variadic,
} from '../rule.js';

/** The cotangent in the shape of the first input. */
const reshapeBack = exact((c) => c.g.reshape(c.dy, c.dims(0), c.x(0)));

function concat(c: RuleContext<'Concat'>, input: number): string {
  const axis = normalizeAxis(c.attributes.axis, c.dims(0).length);
  const sizes = c.node.inputs.map((_, i) => Number(c.dims(i)[axis]));
  const start = sizes.slice(0, input).reduce((a, b) => a + b, 0);
  return c.g.slice(c.dy, [axis], [start], [start + (sizes[input] ?? 0)]);
}

export const structure = {
  Reshape: reshapeBack,
  Flatten: reshapeBack,
  Squeeze: reshapeBack,
  Unsqueeze: reshapeBack,
  Transpose: exact((c) => {
    const rank = c.dims(0).length;
    const perm = c.attributes.perm ?? [...Array(rank).keys()].reverse();
    const inverse = Array.from({ length: rank }, (_, a) => perm.indexOf(a));
    return c.g.transpose(c.dy, inverse);
  }),
  Concat: unless((c) => {
    const axis = normalizeAxis(c.attributes.axis, c.dims(0).length);
    return c.node.inputs.every((_, i) => typeof c.dims(i)[axis] === 'number')
      ? undefined
      : 'it joins tensors of unknown size';
  }, variadic(concat)),
  Split: unless(
    (c) => (c.node.outputs.includes('') ? 'one of its outputs has no name' : undefined),
    exact((c) => {
      const axis = normalizeAxis(c.attributes.axis, c.dims(0).length);
      return c.g.concat(
        c.node.outputs.map((_, i) => c.dyOrZeros(i)),
        axis,
      );
    }),
  ),
  Expand: exact((c) => sumTo(c.g, c.dy, c.dims(0))),
  DepthToSpace: exact((c) => {
    const { g } = c;
    const { mode, blocksize } = c.attributes;
    const blocks = g.op('SpaceToDepth', [c.dy], { blocksize });
    if (mode === 'DCR') return blocks;
    // SpaceToDepth puts the block first and the channel second, CRD has it the other way round.
    const channels = channelsOf(g, blocks);
    const side = blocksize * blocksize;
    const parts = g.op('Reshape', [blocks, g.ints([0, side, channels / side, -1])]);
    return g.reshape(g.transpose(parts, [0, 2, 1, 3]), c.dims(0), c.x(0));
  }),
  SpaceToDepth: exact((c) => c.g.op('DepthToSpace', [c.dy], { blocksize: c.attributes.blocksize })),
  Shape: flat,
  Size: flat,
  ConstantOfShape: flat,
  Range: {
    ...flat,
    unsupported: (c) => (isFloating(c.g.dtype(c.y)) ? 'a range of floating-point numbers' : undefined),
  },
  EyeLike: flat,
  Constant: flat,
  If: unsupported('its branch is chosen at run time'),
  Loop: unsupported('only over at most 1024 iterations whose number does not depend on the input'),
  Scan: unsupported('only over sequences of a known length of at most 1024'),
} as const satisfies RuleFamily;
