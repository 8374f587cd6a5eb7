import { product } from '../../onnx/dims.js';
import { normalizeAxis } from '../../onnx/operators/operator.js';
import { exact, flat, type RuleContext, type RuleFamily, subgradient, unless } from '../rule.js';

type Reducing = RuleContext<
  | 'ReduceSum'
  | 'ReduceMean'
  | 'ReduceSumSquare'
  | 'ReduceL1'
  | 'ReduceL2'
  | 'ReduceLogSum'
  | 'ReduceLogSumExp'
  | 'ReduceMax'
  | 'ReduceMin'
  | 'ReduceProd'
>;

function axesOf(c: Reducing): number[] {
  const rank = c.dims(0).length;
  const given = c.has(1) ? c.g.content(c.x(1)) : undefined;
  if (given && given.length > 0) return given.map((a) => normalizeAxis(a, rank));
  return c.attributes.noop_with_empty_axes === 1 ? [] : [...Array(rank).keys()];
}

/** A reduced value with the reduced axes back as 1, so that it broadcasts against the input. */
function kept(c: Reducing, value: string): string {
  const axes = axesOf(c);
  return c.attributes.keepdims === 1 || axes.length === 0 ? value : c.g.unsqueeze(value, axes);
}

const spread = (c: Reducing) => c.g.op('Expand', [kept(c, c.dy), c.g.op('Shape', [c.x(0)])]);

/** Number of elements behind each result, at run time when a reduced axis is free. */
function count(c: Reducing): string | number {
  const sizes = axesOf(c).map((a) => c.dims(0)[a] ?? 1);
  const total = product(sizes);
  if (typeof total === 'number') return total;
  const { g } = c;
  return g.cast(g.div(g.op('Size', [c.x(0)]), g.op('Size', [c.y])), g.dtype(c.y));
}

const extremum = subgradient<'ReduceMax' | 'ReduceMin'>('ties share the gradient evenly', (c) => {
  const { g } = c;
  const axes = axesOf(c);
  if (axes.length === 0) return c.dy;
  const winners = g.cast(g.equal(c.x(0), kept(c, c.y)), g.dtype(c.y));
  return g.mul(winners, g.div(kept(c, c.dy), g.sum(winners, axes)));
});

/** The slope is the product of all other elements; where one element alone is 0, only it has a slope. */
function productOfOthers(c: Reducing): string {
  const { g } = c;
  const axes = axesOf(c);
  if (axes.length === 0) return c.dy;
  const isZero = g.equal(c.x(0), 0);
  const zeros = g.sum(g.cast(isZero, g.dtype(c.y)), axes);
  const safe = g.where(isZero, 1, c.x(0));
  const rest = g.op('ReduceProd', [safe, g.ints(axes)], { keepdims: 1 });
  const atZero = g.where(g.equal(zeros, 1), rest, 0);
  const elsewhere = g.where(g.equal(zeros, 0), g.div(rest, safe), 0);
  return g.mul(kept(c, c.dy), g.where(isZero, atZero, elsewhere));
}

const computedAxes = (c: Reducing) =>
  c.has(1) && !c.g.content(c.x(1)) ? 'its axes are computed at run time' : undefined;

export const reduction = {
  ReduceSum: unless(computedAxes, exact(spread)),
  ReduceMean: unless(
    computedAxes,
    exact((c) => c.g.div(spread(c), count(c))),
  ),
  ReduceSumSquare: unless(
    computedAxes,
    exact((c) => c.g.mul(spread(c), c.g.mul(c.x(0), 2))),
  ),
  ReduceL1: unless(
    computedAxes,
    subgradient('0 at 0', (c) => c.g.mul(spread(c), c.g.sign(c.x(0)))),
  ),
  ReduceL2: unless(
    computedAxes,
    subgradient('0 where the norm is 0', (c) => {
      const { g } = c;
      const norm = kept(c, c.y);
      return g.where(g.equal(norm, 0), 0, g.mul(kept(c, c.dy), g.div(c.x(0), norm)));
    }),
  ),
  ReduceLogSum: unless(
    computedAxes,
    exact((c) => c.g.mul(spread(c), c.g.exp(c.g.neg(kept(c, c.y))))),
  ),
  ReduceLogSumExp: unless(
    computedAxes,
    exact((c) => c.g.mul(kept(c, c.dy), c.g.exp(c.g.sub(c.x(0), kept(c, c.y))))),
  ),
  ReduceMax: unless(computedAxes, extremum),
  ReduceMin: unless(computedAxes, extremum),
  ReduceProd: unless(computedAxes, exact(productOfOthers)),
  ArgMax: flat,
  ArgMin: flat,
} as const satisfies RuleFamily;
