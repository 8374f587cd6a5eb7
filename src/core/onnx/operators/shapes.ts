import { dtypeOfCode } from '../../tensor/tensor.js';
import { broadcast, isStatic, product } from '../dims.js';
import { int, tensor } from './attributes.js';
import { type OperatorFamily, operator, type ShapeContext, UnknownShape } from './operator.js';
import { shaped } from './types.js';
import { broadcastTo } from './values.js';

/** Operators that compute shapes, and those that make values of a shape that is computed. */

function rangeOf(c: ShapeContext): { from: number; by: number; length: number } | undefined {
  const [from, to, by] = [c.list(0)?.[0], c.list(1)?.[0], c.list(2)?.[0]];
  if (typeof from !== 'number' || typeof to !== 'number' || typeof by !== 'number' || by === 0)
    return undefined;
  return { from, by, length: Math.max(0, Math.ceil((to - from) / by)) };
}

/** A range from 0 in steps of 1 is as long as its end, which may be symbolic. */
function rangeLength(c: ShapeContext) {
  const [from, to, by] = [c.list(0)?.[0], c.list(1)?.[0], c.list(2)?.[0]];
  return rangeOf(c)?.length ?? (from === 0 && by === 1 && to !== undefined ? to : c.symbol(0));
}

export const shapes = {
  Shape: operator({
    attributes: { start: int(0), end: int() },
    shape: (c) => {
      const { start, end } = c.attributes;
      return [{ dtype: 'int64', dims: [c.dims(0).slice(start, end).length] }];
    },
    value: (c) => c.dims(0).slice(c.attributes.start, c.attributes.end),
  }),
  Size: operator({
    attributes: {},
    shape: () => [{ dtype: 'int64', dims: [] }],
    value: (c) => [product(c.dims(0))],
  }),
  ConstantOfShape: operator({
    attributes: { value: tensor() },
    shape: (c) => {
      const dims = c.list(0);
      return [{ dtype: c.attributes.value?.dtype ?? 'float32', ...(dims && { dims }) }];
    },
    value: (c) => {
      const dims = c.list(0);
      const [filling = 0] = (c.attributes.value?.data ?? [0]) as ArrayLike<number | bigint> &
        Iterable<number>;
      return dims && isStatic(dims) ? Array<number>(Number(product(dims))).fill(Number(filling)) : undefined;
    },
  }),
  Range: operator({
    attributes: {},
    shape: (c) => shaped(c, [rangeLength(c)]),
    value: (c) => {
      const range = rangeOf(c);
      return range && Array.from({ length: range.length }, (_, i) => range.from + i * range.by);
    },
  }),
  EyeLike: operator({
    attributes: { dtype: int(), k: int(0) },
    shape: (c) => {
      const { dtype } = c.attributes;
      return [
        { ...c.type(0), dtype: (dtype === undefined ? undefined : dtypeOfCode(dtype)) ?? c.type(0).dtype },
      ];
    },
  }),
  Expand: operator({
    attributes: {},
    shape: (c) => {
      const wanted = c.list(1);
      if (!wanted) throw new UnknownShape('the shape it asks for is computed at run time');
      return shaped(c, broadcast(c.dims(0), wanted) ?? c.fail(`[${c.dims(0)}] cannot become [${wanted}]`));
    },
    value: (c) => {
      const [content, wanted] = [c.content(0), c.list(1)];
      const dims = content && wanted && broadcast(content.dims, wanted);
      return dims && isStatic(dims) ? broadcastTo(content, dims) : undefined;
    },
  }),
} as const satisfies OperatorFamily;
