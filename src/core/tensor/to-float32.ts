import { type DType, float32, type Tensor } from './tensor.js';

/**
 * How eight and sixteen bits make a floating-point number: bits of exponent and fraction,
 * and the exponent's bias.
 */
interface Format {
  readonly exponent: number;
  readonly fraction: number;
  readonly bias: number;
  /** Whether the largest exponent holds infinities and NaN, or numbers as others do. */
  readonly infinities: boolean;
}

const FORMATS: Partial<Record<DType, Format>> = {
  float16: { exponent: 5, fraction: 10, bias: 15, infinities: true },
  bfloat16: { exponent: 8, fraction: 7, bias: 127, infinities: true },
};

/** The number that bits stand for, exactly. */
function decoded(bits: number, { exponent, fraction, bias, infinities }: Format): number {
  const sign = (bits >> (exponent + fraction)) & 1 ? -1 : 1;
  const power = (bits >> fraction) & (2 ** exponent - 1);
  const rest = bits & (2 ** fraction - 1);
  if (infinities && power === 2 ** exponent - 1) return rest === 0 ? sign * Infinity : Number.NaN;
  if (power === 0) return sign * rest * 2 ** (1 - bias - fraction);
  return sign * (1 + rest * 2 ** -fraction) * 2 ** (power - bias);
}

/** Types whose numbers float32 holds, up to rounding, and whose arrays hold numbers. */
const PLAIN: ReadonlySet<DType> = new Set([
  ...(['float32', 'float64', 'bool', 'int8', 'uint8', 'int16', 'uint16'] as const),
  ...(['int32', 'uint32', 'int64', 'uint64', 'int4', 'uint4', 'int2', 'uint2'] as const),
]);

/**
 * The same numbers as float32, rounded where they need more bits; undefined for types that have no
 * numbers or are not read.
 */
export function toFloat32(value: Tensor): Tensor<'float32'> | undefined {
  const { dtype, dims, data } = value;
  const numbers = data as ArrayLike<number | bigint>;
  const format = FORMATS[dtype];
  if (format)
    return float32(
      dims,
      Float32Array.from(numbers, (bits) => decoded(Number(bits), format)),
    );
  return PLAIN.has(dtype) ? float32(dims, Float32Array.from(numbers, Number)) : undefined;
}
