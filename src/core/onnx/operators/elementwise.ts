import { dtypeOfCode } from '../../tensor/tensor.js';
import { broadcast } from '../dims.js';
import { float, int, required, string } from './attributes.js';
import { type OperatorFamily, operator, type ShapeContext } from './operator.js';
import { change, input, trimmed } from './rewrites.js';
import { broadcastAll, broadcasting, same, truth } from './types.js';
import {
  comparing,
  elementwise as each,
  largest,
  minus,
  numeric,
  over,
  passed,
  smallest,
  times,
  total,
} from './values.js';

const unary = operator({ attributes: {}, shape: same });
const broadcast2 = operator({ attributes: {}, shape: broadcasting });

/** An operator of numbers, whose results are followed where those of its inputs are known. */
const following = (value: (c: ShapeContext) => ReturnType<typeof passed>) =>
  operator({ attributes: {}, shape: broadcasting, value });

const comparison = (holds: (sign: -1 | 0 | 1) => boolean) =>
  operator({
    attributes: {},
    shape: (c) => [{ dtype: 'bool', dims: broadcastAll(c) }],
    value: each(comparing(holds)),
  });

const logical = (holds: (a: number, b: number) => boolean) =>
  operator({
    attributes: {},
    shape: (c) => [{ dtype: 'bool', dims: broadcastAll(c) }],
    value: each(numeric((a = 0, b = 0) => Number(holds(a, b)))),
  });

/** Round half to even. */
function round(value: number): number {
  const nearest = Math.round(value);
  return Math.abs(value % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

const isInteger = (c: ShapeContext) => !c.type(0).dtype.includes('float');

export const elementwise = {
  Add: following(each(total)),
  Sub: following(each(minus)),
  Mul: following(each(times)),
  Div: following((c) => each(over(isInteger(c)))(c)),
  Neg: operator({ attributes: {}, shape: same, value: each((a) => (a === undefined ? a : minus(0, a))) }),
  Abs: operator({ attributes: {}, shape: same, value: each(numeric((a = 0) => Math.abs(a))) }),
  Floor: operator({ attributes: {}, shape: same, value: each(numeric((a = 0) => Math.floor(a))) }),
  Ceil: operator({ attributes: {}, shape: same, value: each(numeric((a = 0) => Math.ceil(a))) }),
  Round: operator({ attributes: {}, shape: same, value: each(numeric((a = 0) => round(a))) }),
  Sqrt: operator({ attributes: {}, shape: same, value: each(numeric((a = 0) => Math.sqrt(a))) }),
  Exp: unary,
  Log: unary,
  Reciprocal: unary,
  Erf: unary,
  Sign: unary,
  Sum: following(each(total)),
  Mean: broadcast2,
  Max: following(each(largest)),
  Min: following(each(smallest)),
  Pow: following(each(numeric((a = 0, b = 0) => a ** b))),
  Mod: operator({
    attributes: { fmod: int(0) },
    shape: broadcasting,
    value: (c) =>
      each(numeric((a = 0, b = 1) => (c.attributes.fmod === 1 ? a % b : a - b * Math.floor(a / b))))(c),
  }),
  BitShift: operator({ attributes: { direction: required(string()) }, shape: broadcasting }),
  BitwiseAnd: broadcast2,
  BitwiseOr: broadcast2,
  BitwiseXor: broadcast2,
  BitwiseNot: unary,
  Equal: comparison((sign) => sign === 0),
  Greater: comparison((sign) => sign > 0),
  GreaterOrEqual: comparison((sign) => sign >= 0),
  Less: comparison((sign) => sign < 0),
  LessOrEqual: comparison((sign) => sign <= 0),
  And: logical((a, b) => a !== 0 && b !== 0),
  Or: logical((a, b) => a !== 0 || b !== 0),
  Xor: logical((a, b) => (a !== 0) !== (b !== 0)),
  Not: operator({ attributes: {}, shape: truth, value: each(numeric((a) => Number(a === 0))) }),
  IsNaN: operator({ attributes: {}, shape: truth }),
  IsInf: operator({ attributes: { detect_negative: int(1), detect_positive: int(1) }, shape: truth }),
  Identity: operator({ attributes: {}, shape: same, value: passed }),
  Where: operator({
    attributes: {},
    shape: (c) => {
      const dims =
        broadcast(c.dims(0), broadcastAll(c, 1)) ??
        c.fail('condition and branches cannot be broadcast together');
      return [{ dtype: c.type(1).dtype, dims }];
    },
    value: each((condition, a, b) => (typeof condition === 'number' ? (condition === 0 ? b : a) : undefined)),
  }),
  Cast: operator({
    attributes: { to: required(int()), saturate: int(1), round_mode: string('up') },
    shape: (c) => {
      const dtype = dtypeOfCode(c.attributes.to) ?? c.fail('it casts to an unknown type');
      return [{ ...c.type(0), dtype }];
    },
    value: (c) => {
      const into = dtypeOfCode(c.attributes.to);
      if (into === 'bool') return each(numeric((a) => Number(a !== 0)))(c);
      const cut = into === 'int64' || into === 'int32';
      return passed(c)?.map((n) => (cut && typeof n === 'number' ? Math.trunc(n) : n));
    },
  }),
  CastLike: operator({
    attributes: { saturate: int(1), round_mode: string('up') },
    shape: (c) => [{ ...c.type(0), dtype: c.type(1).dtype }],
  }),
  Clip: operator({
    attributes: {},
    shape: same,
    value: (c) => {
      const [low, high] = [1, 2].map((i) => (c.has(i) ? c.list(i)?.[0] : i === 1 ? -Infinity : Infinity));
      if (typeof low !== 'number' || typeof high !== 'number') return undefined;
      return c
        .content(0)
        ?.values.map((n) => (typeof n === 'number' ? Math.min(Math.max(n, low), high) : undefined));
    },
    upgrade: {
      before: 11,
      attributes: { min: float(), max: float() },
      rewrite: (c) => {
        const { min, max } = c.attributes;
        const bound = (value: number | undefined) => (value === undefined ? '' : c.scalarLike(0, value));
        const inputs = trimmed([input(c), bound(min), bound(max)]);
        return [change(c.node, { inputs, drop: ['min', 'max'] })];
      },
    },
  }),
  Dropout: operator({
    attributes: { seed: int() },
    shape: (c) => [c.type(0), { dtype: 'bool', dims: c.dims(0) }],
    upgrade: {
      before: 12,
      attributes: { ratio: float() },
      rewrite: (c) => {
        const { ratio } = c.attributes;
        const inputs = [input(c), ...(ratio === undefined ? [] : [c.scalarLike(0, ratio)])];
        return [change(c.node, { inputs, drop: ['ratio'] })];
      },
    },
  }),
} as const satisfies OperatorFamily;
