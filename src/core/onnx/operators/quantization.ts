import { type DType, dtypeOfCode } from '../../tensor/tensor.js';
import { int } from './attributes.js';
import { convolution, convolutionDims } from './convolution.js';
import { productDims } from './linear.js';
import { type OperatorFamily, operator, type ShapeContext } from './operator.js';

/** Operators that turn numbers into integers of few bits and back, and those that compute with them. */

/**
 * The element type of a quantized result: that of its zero point, else what an attribute says, else uint8.
 */
export const quantizedType = (c: ShapeContext, zeroPoint: number, code = 0): DType =>
  c.has(zeroPoint) ? c.type(zeroPoint).dtype : (dtypeOfCode(code) ?? 'uint8');

export const quantization = {
  QuantizeLinear: operator({
    attributes: {
      axis: int(1),
      block_size: int(0),
      output_dtype: int(0),
      precision: int(0),
      saturate: int(1),
    },
    shape: (c) => [{ ...c.type(0), dtype: quantizedType(c, 2, c.attributes.output_dtype) }],
  }),
  DequantizeLinear: operator({
    attributes: { axis: int(1), block_size: int(0), output_dtype: int(0) },
    shape: (c) => [{ ...c.type(0), dtype: dtypeOfCode(c.attributes.output_dtype) ?? c.type(1).dtype }],
  }),
  DynamicQuantizeLinear: operator({
    attributes: {},
    shape: (c) => [
      { ...c.type(0), dtype: 'uint8' },
      { dtype: 'float32', dims: [] },
      { dtype: 'uint8', dims: [] },
    ],
  }),
  QLinearConv: operator({
    attributes: convolution,
    shape: (c) => [{ dtype: c.type(7).dtype, dims: convolutionDims(c, 3) }],
  }),
  QLinearMatMul: operator({
    attributes: {},
    shape: (c) => [{ dtype: c.type(7).dtype, dims: productDims(c, c.dims(0), c.dims(3)) }],
  }),
  ConvInteger: operator({
    attributes: convolution,
    shape: (c) => [{ dtype: 'int32', dims: convolutionDims(c) }],
  }),
  MatMulInteger: operator({
    attributes: {},
    shape: (c) => [{ dtype: 'int32', dims: productDims(c, c.dims(0), c.dims(1)) }],
  }),
} as const satisfies OperatorFamily;
