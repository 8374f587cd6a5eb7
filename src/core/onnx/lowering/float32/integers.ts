import { bounded } from '../../../base/bounded.js';
import type { Dim } from '../../graph.js';
import type { OperatorName } from '../../operators/index.js';
import type { Float32Context, Float32Family } from './context.js';

/**
 * Convolutions and products of integers. Codes without their zero points are multiplied and added as float32,
 * which is exact up to 2^24, and scaled afterwards, as the engine does it: results are the same but for sums
 * that are larger.
 */

type Convolution = 'QLinearConv' | 'com.microsoft::QLinearConv' | 'ConvInteger';

function convolution<K extends Convolution>(
  c: Float32Context<K>,
  x: string,
  w: string,
  bias?: string,
): string {
  const { auto_pad, pads, strides, dilations, group } = c.attributes;
  return c.g.op('Conv', bias ? [x, w, bias] : [x, w], {
    auto_pad,
    group,
    ...(pads && { pads }),
    ...(strides && { strides }),
    ...(dilations && { dilations }),
  });
}

/** A factor of each channel, before which the batch and behind which the spatial axes are. */
function byChannel<K extends OperatorName>({ g }: Float32Context<K>, factor: string, rank: number): string {
  const dims = g.dims(factor);
  if (dims.length === 0) return factor;
  const shape: Dim[] = [dims[0] ?? 1, ...Array<number>(bounded(rank - 2)).fill(1)];
  return g.reshape(factor, shape);
}

function quantizedConvolution(c: Float32Context<'QLinearConv' | 'com.microsoft::QLinearConv'>) {
  const { g } = c;
  const sums = convolution(c, c.centered(0, 2), c.centered(3, 5, 0), c.has(8) ? c.float(8) : undefined);
  const factor = byChannel(c, c.factor([1, 4], 6), g.dims(sums).length);
  return [c.quantized(g.mul(sums, factor), 7)];
}

/** A parameter of the left operand belongs to its rows. */
function ofRows<K extends OperatorName>({ g }: Float32Context<K>, factor: string): string {
  const dims = g.dims(factor);
  return dims.length === 1 && dims[0] !== 1 ? g.unsqueeze(factor, [1]) : factor;
}

export const integers = {
  QLinearConv: quantizedConvolution,
  'com.microsoft::QLinearConv': (c) =>
    c.attributes.channels_last === 1 ? undefined : quantizedConvolution(c),
  ConvInteger: (c) => [convolution(c, c.centered(0, 2), c.centered(1, 3, 0))],
  MatMulInteger: (c) => [c.g.matmul(c.centered(0, 2, -2), c.centered(1, 3))],
  QLinearMatMul: (c) => {
    const { g } = c;
    const sums = g.matmul(c.centered(0, 2, -2), c.centered(3, 5));
    const isWhole = g.dims(c.x(1)).length === 0 || g.dims(c.x(1))[0] === 1;
    const scaled = isWhole
      ? g.mul(sums, c.factor([1, 4], 6))
      : g.mul(g.mul(sums, ofRows(c, c.float(1))), c.factor([4], 6));
    return [c.quantized(scaled, 7)];
  },
  'com.microsoft::QGemm': (c) => {
    const { g } = c;
    const { alpha, transA, transB } = c.attributes;
    const product = g.op('Gemm', [c.centered(0, 2), c.centered(3, 5, transB ? 0 : 1)], { transA, transB });
    const sums = c.has(6) ? g.add(product, c.float(6)) : product;
    const isQuantized = c.has(7);
    const scaled = g.mul(sums, c.factor([1, 4], isQuantized ? 7 : undefined));
    const result = alpha === 1 ? scaled : g.mul(scaled, alpha);
    return [isQuantized ? c.quantized(result, 8) : result];
  },
  'com.microsoft::MatMulIntegerToFloat': (c) => {
    const { g } = c;
    const scaled = g.mul(g.matmul(c.centered(0, 4, -2), c.centered(1, 5)), c.factor([2, 3]));
    return [c.has(6) ? g.add(scaled, c.float(6)) : scaled];
  },
  'com.microsoft::DynamicQuantizeMatMul': (c) => {
    const { g } = c;
    const [, scale = '', zeroPoint = ''] = g.ops('DynamicQuantizeLinear', [c.float(0)], {}, { outputs: 3 });
    const zero = g.cast(zeroPoint, 'float32');
    const codes = g.clip(g.add(g.op('Round', [g.div(c.float(0), scale)]), zero), 0, 255);
    const sums = g.matmul(g.sub(codes, zero), c.centered(1, 3));
    const scaled = g.mul(sums, g.mul(c.float(2), scale));
    return [c.has(4) ? g.add(scaled, c.float(4)) : scaled];
  },
} as const satisfies Float32Family;
