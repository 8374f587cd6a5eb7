import { isStatic, product } from '../dims.js';
import type { Dim } from '../graph.js';
import { int, ints } from './attributes.js';
import { type OperatorFamily, operator, type ShapeContext, UnknownShape } from './operator.js';
import { same, shaped } from './types.js';
import { select } from './values.js';

/** Operators that repeat elements, blank some, or collect them by index tuples. */

function tiled(c: ShapeContext): readonly Dim[] {
  const dims = c.dims(0);
  const repeats = c.list(1);
  if (!repeats) return dims.map((_, axis) => c.symbol(axis));
  return dims.map((size, axis) => product([size, repeats[axis] ?? 1]));
}

export const arrangement = {
  Tile: operator({
    attributes: {},
    shape: (c) => shaped(c, tiled(c)),
    value: (c) => {
      const content = c.content(0);
      const dims = tiled(c);
      if (!content || !isStatic(dims)) return undefined;
      return select(content, dims, (at) => at.map((i, axis) => i % (content.dims[axis] ?? 1)));
    },
  }),
  ReverseSequence: operator({ attributes: { batch_axis: int(1), time_axis: int(0) }, shape: same }),
  Trilu: operator({ attributes: { upper: int(1) }, shape: same }),
  GatherND: operator({
    attributes: { batch_dims: int(0) },
    shape: (c) => {
      const [data, index] = [c.dims(0), c.dims(1)];
      const length = index.at(-1);
      if (typeof length !== 'number') throw new UnknownShape('the length of its index tuples is unknown');
      return shaped(c, [...index.slice(0, -1), ...data.slice(c.attributes.batch_dims + length)]);
    },
  }),
  Col2Im: operator({
    attributes: { dilations: ints(), pads: ints(), strides: ints() },
    shape: (c) => {
      const [batch, columns] = c.dims(0);
      const [image, block] = [c.list(1), c.list(2)];
      if (!image || !block || batch === undefined || columns === undefined || !isStatic(block)) {
        throw new UnknownShape('its image or block shape is computed at run time');
      }
      const size = block.reduce((all, side) => all * side, 1);
      const channels = typeof columns === 'number' ? columns / size : c.symbol('channels');
      return shaped(c, [batch, channels, ...image]);
    },
  }),
} as const satisfies OperatorFamily;
