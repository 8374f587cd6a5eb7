import { type DType, dtypeOfCode, float32 } from '../../../tensor/tensor.js';
import { integerRange } from '../../quantization-parameters.js';
import type { Float32Context, Float32Family } from './context.js';

/** QuantizeLinear and DequantizeLinear, and what else changes element types. */

type Quantize = Float32Context<'QuantizeLinear' | 'com.microsoft::QuantizeLinear'>;
type Dequantize = Float32Context<'DequantizeLinear' | 'com.microsoft::DequantizeLinear'>;

function quantize(c: Quantize, dtype: DType) {
  const scale = c.parameter(1, c.float(0), c.attributes);
  return [c.quantized(c.g.div(c.float(0), scale), 2, c.attributes, dtype)];
}

/** The result is stored where everything is a constant: weights. */
function dequantize(c: Dequantize) {
  const { g } = c;
  const codes = c.float(0);
  const scale = c.parameter(1, codes, c.attributes);
  const zero = c.has(2) ? c.parameter(2, codes, c.attributes) : undefined;
  const [q, s, z] = [codes, scale, zero].map((name) => (name ? g.initializerOf(name) : undefined));
  const isOne = s?.data.length === 1 && (zero === undefined || z?.data.length === 1);
  if (q && s && isOne) {
    const [by = 1, shift = 0] = [Number(s.data[0]), Number(z?.data[0] ?? 0)];
    const numbers = Float32Array.from(q.data as ArrayLike<number>, (code) => (code - shift) * by);
    return [g.constant(float32(q.dims, numbers))];
  }
  return [g.mul(zero === undefined ? codes : g.sub(codes, zero), scale)];
}

/**
 * The scale and the zero point come from a node of their own, so that they count as constants;
 * the codes are written out.
 */
function dynamicQuantize(c: Float32Context<'DynamicQuantizeLinear'>) {
  const { g } = c;
  const [, scale = '', zeroPoint = ''] = g.ops('DynamicQuantizeLinear', [c.float(0)], {}, { outputs: 3 });
  const zero = g.cast(zeroPoint, 'float32');
  const shifted = g.add(g.op('Round', [g.div(c.float(0), scale)]), zero);
  return [g.clip(shifted, 0, 255), scale, zero];
}

/** Towards zero, then into the range of the type. */
function cast(c: Float32Context<'Cast'>) {
  const { g } = c;
  const into = dtypeOfCode(c.attributes.to) ?? 'float32';
  const range = integerRange(into);
  if (g.dtype(c.x(0)) === 'float32' && range && !integerRange(c.was(0))) {
    const [up, down] = [g.op('Ceil', [c.x(0)]), g.op('Floor', [c.x(0)])];
    return [g.clip(g.where(g.less(c.x(0), 0), up, down), ...range)];
  }
  return [c.float(0)];
}

export const quantizers = {
  QuantizeLinear: (c) => (integerRange(c.becomes) ? quantize(c, c.becomes) : undefined),
  'com.microsoft::QuantizeLinear': (c) => quantize(c, c.becomes),
  DequantizeLinear: (c) => (integerRange(c.was(0)) ? dequantize(c) : undefined),
  'com.microsoft::DequantizeLinear': dequantize,
  DynamicQuantizeLinear: dynamicQuantize,
  Cast: cast,
} as const satisfies Float32Family;
