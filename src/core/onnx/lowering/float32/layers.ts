import type { Float32Context, Float32Family } from './context.js';

/** Whole layers on quantized weights: the layers of standard ONNX, on the numbers that these stand for. */

/**
 * Weights of an LSTM, [directions, inputs, 4 hidden], as [directions, 4 hidden, inputs]. Scales and zero
 * points belong to directions, or to the last axis too.
 */
function recurrentWeights(
  c: Float32Context<'com.microsoft::DynamicQuantizeLSTM'>,
  codes: number,
  scale: number,
): string {
  const { g } = c;
  const wide = (i: number) => g.unsqueeze(c.float(i), c.dims(i).length === 1 ? [1, 2] : [1]);
  const numbers = g.mul(g.sub(c.float(codes), wide(scale + 1)), wide(scale));
  return g.transpose(numbers, [0, 2, 1]);
}

export const layers = {
  'com.microsoft::QAttention': (c) => {
    const { g } = c;
    const weights = g.mul(c.centered(1, 7), c.float(4));
    const inputs = [c.dequantized(0, 3, 6), weights, c.float(2), c.x(5), c.x(8)];
    return [g.op('Attention', inputs, c.node.attributes, { domain: 'com.microsoft' })];
  },
  /** What the engine rounds before each product counts as numbers. */
  'com.microsoft::DynamicQuantizeLSTM': (c) => {
    const weights = [recurrentWeights(c, 1, 8), recurrentWeights(c, 2, 10)];
    const given = [3, 4, 5, 6, 7].map((i) => (c.has(i) && i !== 4 ? c.float(i) : c.x(i)));
    const hidden = c.dims(2)[1];
    if (typeof hidden !== 'number') return undefined;
    const attributes = { ...c.node.attributes, hidden_size: hidden };
    return c.g.ops('LSTM', [c.float(0), ...weights, ...given], attributes, { outputs: 3 });
  },
} as const satisfies Float32Family;
