import { aligned } from '../../onnx/quantization-parameters.js';
import {
  exact,
  flat,
  nothing,
  type RuleContext,
  type RuleFamily,
  sumTo,
  unless,
  unsupported,
} from '../rule.js';

/**
 * Operators on integers have no derivative. Graphs that are differentiated hold them as operators
 * on floating-point numbers between quantizers (onnx/lowering/float32): what is left of them
 * could not be written so.
 */
const integers = unsupported('it computes with integers, and cannot be written with floating-point numbers');

type Dequantize = RuleContext<'DequantizeLinear' | 'com.microsoft::DequantizeLinear'>;

const parameter = (c: Dequantize, input: number): string =>
  aligned(c.g, c.x(input), c.x(0), c.attributes) ?? c.x(input);

/** Codes without their zero point, `q - z`. */
function centered(c: Dequantize): string {
  const codes = c.g.cast(c.x(0), c.g.dtype(c.y));
  return c.has(2) ? c.g.sub(codes, c.g.cast(parameter(c, 2), c.g.dtype(c.y))) : codes;
}

/** `y = (q - z) s`; zero points are integers. */
const dequantize = {
  integers: (c: Dequantize) => c.g.mul(c.dy, parameter(c, 1)),
  scale: (c: Dequantize) => {
    const { g } = c;
    return g.reshape(sumTo(g, g.mul(c.dy, centered(c)), g.dims(parameter(c, 1))), c.dims(1));
  },
};

const blocks = (c: RuleContext<'DequantizeLinear'>) =>
  c.attributes.block_size > 0 && !c.g.initializerOf(c.x(1)) ? 'its blocks have computed scales' : undefined;

export const quantization = {
  // Piecewise constant: the derivative is zero almost everywhere.
  QuantizeLinear: flat,
  DynamicQuantizeLinear: flat,
  DequantizeLinear: unless(blocks, exact(dequantize.integers, dequantize.scale, nothing)),
  QLinearConv: integers,
  QLinearMatMul: integers,
  ConvInteger: integers,
  MatMulInteger: integers,
  'com.microsoft::QuantizeLinear': flat,
  'com.microsoft::DequantizeLinear': exact(dequantize.integers, dequantize.scale, nothing),
  'com.microsoft::QLinearConv': integers,
  'com.microsoft::QGemm': integers,
  'com.microsoft::QLinearAdd': integers,
  'com.microsoft::QLinearMul': integers,
  'com.microsoft::QLinearConcat': integers,
  'com.microsoft::QLinearWhere': integers,
  'com.microsoft::QLinearAveragePool': integers,
  'com.microsoft::QLinearGlobalAveragePool': integers,
  'com.microsoft::NhwcMaxPool': integers,
  'com.microsoft::QLinearSigmoid': integers,
  'com.microsoft::QLinearLeakyRelu': integers,
  'com.microsoft::QLinearSoftmax': integers,
  'com.microsoft::DynamicQuantizeMatMul': integers,
  'com.microsoft::MatMulIntegerToFloat': integers,
  'com.microsoft::QAttention': integers,
  'com.microsoft::MatMulNBits': unsupported('its weights are no constants'),
  'com.microsoft::GatherBlockQuantized': unsupported('its weights are no constants'),
} as const satisfies RuleFamily;
