import type { Dim } from '../graph.js';
import { int, ints } from './attributes.js';
import {
  normalizeAxis,
  type OperatorFamily,
  operator,
  type ShapeContext,
  type ShapeResult,
} from './operator.js';
import { axesToInput } from './rewrites.js';
import { reduced, same } from './types.js';
import { largest, smallest, times, total, type Values } from './values.js';

const reducing = { keepdims: int(1), noop_with_empty_axes: int(0) };

/** The axes that are reduced; none when the node does nothing. */
export function reducedAxes(c: ShapeContext<typeof reducing>): readonly number[] {
  const rank = c.dims(0).length;
  const none = !c.has(1) || c.numbers(1).length === 0;
  if (!none) return c.numbers(1).map((a) => normalizeAxis(a, rank));
  return c.attributes.noop_with_empty_axes === 1 ? [] : [...Array(rank).keys()];
}

function reduce(c: ShapeContext<typeof reducing>): ShapeResult {
  const [dims, axes] = [c.dims(0), reducedAxes(c)];
  if (axes.length === 0) return [c.type(0)];
  return [{ dtype: c.type(0).dtype, dims: reduced(dims, axes, c.attributes.keepdims === 1) }];
}

/** Numbers that are reduced to one: what shapes are multiplied and counted with. */
const following =
  (f: (...numbers: readonly Dim[]) => Dim | undefined) =>
  (c: ShapeContext<typeof reducing>): Values => {
    const content = c.content(0);
    if (!content || reducedAxes(c).length !== content.dims.length) return undefined;
    return content.values.length === 0 ? undefined : [f(...content.values)];
  };

/** Axes were an attribute before the operator set `before`. */
const reduction = (before: number, value?: (c: ShapeContext<typeof reducing>) => Values) =>
  operator({
    attributes: reducing,
    shape: reduce,
    ...(value && { value }),
    upgrade: { before, attributes: { axes: ints() }, rewrite: axesToInput },
  });

const argReduction = operator({
  attributes: { axis: int(0), keepdims: int(1), select_last_index: int(0) },
  shape: (c) => {
    const dims = c.dims(0);
    const axis = normalizeAxis(c.attributes.axis, dims.length);
    return [{ dtype: 'int64', dims: reduced(dims, [axis], c.attributes.keepdims === 1) }];
  },
});

export const reductions = {
  ReduceSum: reduction(13, following(total)),
  ReduceMean: reduction(18),
  ReduceMax: reduction(18, following(largest)),
  ReduceMin: reduction(18, following(smallest)),
  // The content of a shape multiplied together: how many elements there are.
  ReduceProd: reduction(18, following(times)),
  ReduceL1: reduction(18),
  ReduceL2: reduction(18),
  ReduceSumSquare: reduction(18),
  ReduceLogSum: reduction(18),
  ReduceLogSumExp: reduction(18),
  ArgMax: argReduction,
  ArgMin: argReduction,
  CumSum: operator({ attributes: { exclusive: int(0), reverse: int(0) }, shape: same }),
} as const satisfies OperatorFamily;
