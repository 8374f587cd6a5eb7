import { aligned, integerRange } from '../../onnx/quantization-parameters.js';
import { nothing, type RuleContext, type RuleFamily, straightThrough } from '../rule.js';

/** Rounding as the identity: its own derivative is zero, which tells an attacker nothing. */
const identity = straightThrough((c) => c.dy);

type Quantize = RuleContext<'QuantizeLinear' | 'com.microsoft::QuantizeLinear' | 'DynamicQuantizeLinear'>;

/** Largest magnitude of each type of eight floating-point bits. */
const LARGEST: Readonly<Record<string, number>> = {
  float8e4m3fn: 448,
  float8e4m3fnuz: 240,
  float8e5m2: 57344,
  float8e5m2fnuz: 57344,
  float4e2m1: 6,
};

/**
 * `q = saturate(round(x / s) + z)`: the cotangent divided by s where the rounded number lies in the range of
 * the type, before it is saturated; 0 elsewhere.
 */
function quantize(c: Quantize, scale: string, zeroPoint: string): string {
  const { g } = c;
  const dtype = g.dtype(c.y);
  const s = g.cast(scale, g.dtype(c.x(0)));
  const range = integerRange(dtype);
  const [low, high] = range ?? [-(LARGEST[dtype] ?? Infinity), LARGEST[dtype] ?? Infinity];
  const ratio = g.div(c.x(0), s);
  const rounded = range ? g.op('Round', [ratio]) : ratio;
  const shifted = range && zeroPoint ? g.add(rounded, g.cast(zeroPoint, g.dtype(c.x(0)))) : rounded;
  const inside = g.equal(shifted, g.clip(shifted, low, high));
  return g.div(g.mul(c.dy, g.cast(inside, g.dtype(c.x(0)))), s);
}

/** Scales and zero points count as constants. */
const quantizer = straightThrough<'QuantizeLinear' | 'com.microsoft::QuantizeLinear'>(
  (c) => {
    const attributes: { readonly axis?: number | undefined; readonly block_size?: number } = c.attributes;
    const parameter = (i: number) => (c.has(i) ? (aligned(c.g, c.x(i), c.x(0), attributes) ?? c.x(i)) : '');
    return quantize(c, parameter(1), parameter(2));
  },
  nothing,
  nothing,
);

/**
 * Rules that are deliberately not the derivative (straight-through estimators, Bengio, Leonard and Courville
 * 2013), for the operators that quantize.
 */
export const straightThroughRules = {
  Round: identity,
  Floor: identity,
  Ceil: identity,
  QuantizeLinear: quantizer,
  'com.microsoft::QuantizeLinear': quantizer,
  // Its scale and zero point, which come from the extremes of its input, count as constants.
  DynamicQuantizeLinear: straightThrough((c) => {
    const [, scale = '', zeroPoint = ''] = c.node.outputs;
    return c.dys[0] === undefined ? undefined : quantize(c, scale, zeroPoint);
  }),
} as const satisfies RuleFamily;
