import { float, floats, int, string } from './attributes.js';
import { convolutions } from './convolution.js';
import { gemmDims, productDims, swapped } from './linear.js';
import { type OperatorFamily, operator, UnknownShape } from './operator.js';
import { shaped } from './types.js';

/** Operators of ONNX Runtime's own domain, as its optimizer and its quantizer write them. */

export const microsoft = {
  'com.microsoft::FusedConv': operator({
    attributes: { ...convolutions.Conv.attributes, activation: string(), activation_params: floats() },
    shape: convolutions.Conv.shape,
  }),
  'com.microsoft::FusedMatMul': operator({
    attributes: { alpha: float(1), transA: int(0), transB: int(0), transBatchA: int(0), transBatchB: int(0) },
    shape: (c) => {
      const { transA, transB, transBatchA, transBatchB } = c.attributes;
      if (transBatchA || transBatchB) throw new UnknownShape('it moves the batch of its matrices');
      return shaped(c, productDims(c, swapped(c.dims(0), transA), swapped(c.dims(1), transB)));
    },
  }),
  'com.microsoft::FusedGemm': operator({
    attributes: {
      activation: string(),
      activation_alpha: float(),
      activation_beta: float(),
      activation_gamma: float(),
      alpha: float(1),
      beta: float(1),
      transA: int(0),
      transB: int(0),
    },
    shape: (c) => shaped(c, gemmDims(c, c.attributes.transA, c.attributes.transB)),
  }),
} as const satisfies OperatorFamily;
