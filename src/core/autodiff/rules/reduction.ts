import { intOf } from '../../onnx/graph.js';
import { normalizeAxis } from '../../onnx/shapes/index.js';
import { exact, type RuleContext, type RuleTable, subgradient } from '../rule.js';

function axesOf(c: RuleContext): number[] {
  const rank = c.dims(0).length;
  const given = c.has(1) ? c.g.content(c.x(1)) : undefined;
  if (given && given.length > 0) return given.map((a) => normalizeAxis(a, rank));
  return intOf(c.node, 'noop_with_empty_axes', 0) === 1 ? [] : [...Array(rank).keys()];
}

/** A reduced value with the reduced axes back as 1, so that it broadcasts against the input. */
function kept(c: RuleContext, value: string): string {
  const axes = axesOf(c);
  return intOf(c.node, 'keepdims', 1) === 1 || axes.length === 0 ? value : c.g.unsqueeze(value, axes);
}

const spread = (c: RuleContext) => c.g.op('Expand', [kept(c, c.dy), c.g.op('Shape', [c.x(0)])]);

/** Number of elements behind each result, at run time when a reduced axis is free. */
function count(c: RuleContext): string | number {
  const sizes = axesOf(c).map((a) => c.dims(0)[a]!);
  if (sizes.every((s) => typeof s === 'number')) return (sizes as number[]).reduce((a, b) => a * b, 1);
  const { g } = c;
  return g.cast(g.div(g.op('Size', [c.x(0)]), g.op('Size', [c.y])), g.dtype(c.y));
}

const extremum = subgradient('ties share the gradient evenly', (c) => {
  const { g } = c;
  const axes = axesOf(c);
  if (axes.length === 0) return c.dy;
  const winners = g.cast(g.equal(c.x(0), kept(c, c.y)), g.dtype(c.y));
  return g.mul(winners, g.div(kept(c, c.dy), g.sum(winners, axes)));
});

const computedAxes = (c: RuleContext) =>
  c.has(1) && !c.g.content(c.x(1)) ? 'its axes are computed at run time' : undefined;

export const reduction: RuleTable = {
  ReduceSum: { ...exact(spread), unsupported: computedAxes },
  ReduceMean: { ...exact((c) => c.g.div(spread(c), count(c))), unsupported: computedAxes },
  ReduceSumSquare: { ...exact((c) => c.g.mul(spread(c), c.g.mul(c.x(0), 2))), unsupported: computedAxes },
  ReduceL1: {
    ...subgradient('0 at 0', (c) => c.g.mul(spread(c), c.g.sign(c.x(0)))),
    unsupported: computedAxes,
  },
  ReduceL2: {
    ...subgradient('0 where the norm is 0', (c) => {
      const { g } = c;
      const norm = kept(c, c.y);
      return g.where(g.equal(norm, 0), 0, g.mul(kept(c, c.dy), g.div(c.x(0), norm)));
    }),
    unsupported: computedAxes,
  },
  ReduceLogSum: {
    ...exact((c) => c.g.mul(spread(c), c.g.exp(c.g.neg(kept(c, c.y))))),
    unsupported: computedAxes,
  },
  ReduceLogSumExp: {
    ...exact((c) => c.g.mul(kept(c, c.dy), c.g.exp(c.g.sub(c.x(0), kept(c, c.y))))),
    unsupported: computedAxes,
  },
  ReduceMax: { ...extremum, unsupported: computedAxes },
  ReduceMin: { ...extremum, unsupported: computedAxes },
};
