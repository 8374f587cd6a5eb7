import { bounded } from '../../../base/bounded.js';
import { type AttributeInit, float } from '../../graph.js';
import { normalizeAxis } from '../../operators/operator.js';
import type { Float32Context, Float32Family } from './context.js';

/**
 * Operators of com.microsoft that dequantize their operands, compute with numbers and quantize the result.
 */

type Images = Float32Context<'com.microsoft::QLinearAveragePool' | 'com.microsoft::QLinearGlobalAveragePool'>;

const given = (attributes: Readonly<Record<string, AttributeInit | undefined>>) =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

/** An operator on images whose channels come second, on images whose channels come last. */
function channelsFirst(
  { g }: Pick<Images, 'g'>,
  images: string,
  isLast: boolean,
  write: (x: string) => string,
): string {
  if (!isLast) return write(images);
  const spatial = [...Array(bounded(g.dims(images).length - 2)).keys()].map((axis) => axis + 1);
  const result = write(g.transpose(images, [0, spatial.length + 1, ...spatial]));
  return g.transpose(result, [0, ...spatial.map((axis) => axis + 1), 1]);
}

function averaged(c: Images, write: (x: string) => string) {
  const result = channelsFirst(c, c.dequantized(0), c.attributes.channels_last === 1, write);
  return [c.requantized(result, 3)];
}

/** Before operator set 13 all axes from `axis` on are one. */
function softmax(c: Float32Context<'com.microsoft::QLinearSoftmax'>, x: string): string {
  const { g } = c;
  const { axis, opset } = c.attributes;
  const rank = g.dims(x).length;
  const at = normalizeAxis(axis, rank);
  if (opset >= 13 || at === rank - 1) return g.op('Softmax', [x], { axis });
  const rows = g.op('Softmax', [g.op('Flatten', [x], { axis: at })], { axis: -1 });
  return g.reshape(rows, g.dims(x), x);
}

export const elementwise = {
  'com.microsoft::QLinearAdd': (c) => [c.requantized(c.g.add(c.dequantized(0), c.dequantized(3)), 6)],
  'com.microsoft::QLinearMul': (c) => {
    const { g } = c;
    return [c.quantized(g.mul(g.mul(c.centered(0, 2), c.centered(3, 5)), c.factor([1, 4], 6)), 7)];
  },
  'com.microsoft::QLinearConcat': (c) => {
    const count = Math.floor((c.node.inputs.length - 2) / 3);
    const parts = Array.from({ length: count }, (_, i) => c.dequantized(2 + 3 * i));
    return [c.requantized(c.g.concat(parts, c.attributes.axis), 0)];
  },
  'com.microsoft::QLinearWhere': (c) => [
    c.requantized(c.g.where(c.x(0), c.dequantized(1), c.dequantized(4)), 7),
  ],
  'com.microsoft::QLinearSigmoid': (c) => [c.requantized(c.g.op('Sigmoid', [c.dequantized(0)]), 3)],
  'com.microsoft::QLinearLeakyRelu': (c) => [
    c.requantized(c.g.op('LeakyRelu', [c.dequantized(0)], { alpha: float(c.attributes.alpha) }), 3),
  ],
  'com.microsoft::QLinearSoftmax': (c) => [c.requantized(softmax(c, c.dequantized(0)), 3)],
  'com.microsoft::QLinearGlobalAveragePool': (c) => averaged(c, (x) => c.g.op('GlobalAveragePool', [x])),
  'com.microsoft::QLinearAveragePool': (c) => {
    const { channels_last: _, ...window } = c.attributes;
    const { auto_pad, ceil_mode, count_include_pad, kernel_shape, pads, strides } = window;
    const attributes = given({ auto_pad, ceil_mode, count_include_pad, kernel_shape, pads, strides });
    return averaged(c, (x) => c.g.op('AveragePool', [x], attributes));
  },
  'com.microsoft::NhwcMaxPool': (c) => {
    const { auto_pad, ceil_mode, kernel_shape, pads, strides, dilations } = c.attributes;
    const attributes = given({ auto_pad, ceil_mode, kernel_shape, pads, strides, dilations });
    return [channelsFirst(c, c.float(0), true, (x) => c.g.op('MaxPool', [x], attributes))];
  },
} as const satisfies Float32Family;
