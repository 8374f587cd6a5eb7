import { type DType, dtypeOfCode } from '../../tensor/tensor.js';
import { float, int, ints, required } from './attributes.js';
import { type OperatorFamily, operator, type ShapeContext } from './operator.js';

/** Operators that give other numbers every time. */

const typeOf = (c: ShapeContext, code: number | undefined, otherwise: DType): DType =>
  code === undefined ? otherwise : (dtypeOfCode(code) ?? c.fail('its element type is unknown'));

const normal = { mean: float(0), scale: float(1), seed: float() };
const uniform = { high: float(1), low: float(0), seed: float() };
const shape = required(ints());

const like = (c: ShapeContext, dtype: number | undefined) => [
  { ...c.type(0), dtype: typeOf(c, dtype, c.type(0).dtype) },
];

export const random = {
  Bernoulli: operator({
    attributes: { dtype: int(), seed: float() },
    shape: (c) => like(c, c.attributes.dtype),
  }),
  Multinomial: operator({
    attributes: { dtype: int(6), sample_size: int(1), seed: float() },
    shape: (c) => {
      const { dtype, sample_size } = c.attributes;
      return [{ dtype: typeOf(c, dtype, 'int32'), dims: [...c.dims(0).slice(0, -1), sample_size] }];
    },
  }),
  RandomNormal: operator({
    attributes: { ...normal, dtype: int(1), shape },
    shape: (c) => [{ dtype: typeOf(c, c.attributes.dtype, 'float32'), dims: c.attributes.shape }],
  }),
  RandomUniform: operator({
    attributes: { ...uniform, dtype: int(1), shape },
    shape: (c) => [{ dtype: typeOf(c, c.attributes.dtype, 'float32'), dims: c.attributes.shape }],
  }),
  RandomNormalLike: operator({
    attributes: { ...normal, dtype: int() },
    shape: (c) => like(c, c.attributes.dtype),
  }),
  RandomUniformLike: operator({
    attributes: { ...uniform, dtype: int() },
    shape: (c) => like(c, c.attributes.dtype),
  }),
} as const satisfies OperatorFamily;
