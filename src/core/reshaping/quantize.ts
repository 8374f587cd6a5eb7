import { choice } from '../base/parameters.js';
import type { GraphBuilder } from '../onnx/builder.js';
import { float32, sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { defineReshaping, type QuantizedTheta, type Site } from './reshaping.js';

/** Largest code of each type; symmetric, so that the smallest one of the type is left out. */
const LEVELS = { int8: 127, int4: 7 } as const;

type Parameters = { readonly type: keyof typeof LEVELS; readonly per: 'channel' | 'tensor' };

/** The axis with a scale for each position; undefined where one scale is for all. */
const axisOf = ({ axis }: Site, { per }: Parameters): number | undefined =>
  per === 'channel' ? axis : undefined;

/**
 * Quantized weights: `W = s round(theta / s)` with `s = max |theta| / 127` (7 for int4), symmetric, one scale
 * for each output channel or for the whole weight (Krishnamoorthi 2018, section 2). While a network is
 * trained, theta are floating-point numbers, the gradient passes straight through the rounding (Bengio,
 * Leonard and Courville 2013), and scales follow the weights without a gradient of their own; finished, a
 * file holds the codes and their scales (`finishReshapings`).
 */
export const quantize = defineReshaping({
  name: 'quantize',
  title: 'Quantized weights',
  source: 'Krishnamoorthi 2018, "Quantizing deep convolutional networks for efficient inference"',
  kind: 'compression',
  parameters: {
    type: choice({
      help: 'element type of the stored codes',
      choices: ['int8', 'int4'],
      default: 'int8',
      source: 'Krishnamoorthi 2018, section 3: 8 bits keep the accuracy, 4 bits need training',
    }),
    per: choice({
      help:
        'one scale for each output channel, or for the whole weight; what another compression stores has ' +
        'no channels and gets one',
      choices: ['channel', 'tensor'],
      default: 'channel',
      source: 'Krishnamoorthi 2018, section 3.1.3',
    }),
  },
  bits: ({ type }) => (type === 'int8' ? 8 : 4),
  storedDims: (dims) => dims,
  initialize: (weight) => weight,
  emit(g, theta, site, parameters) {
    const axis = axisOf(site, parameters);
    const scale = scaleOf(g, theta, axis, LEVELS[parameters.type]);
    const scales = axis === undefined ? 1 : (site.dims[axis] ?? 1);
    const zeros = tensor('int8', axis === undefined ? [] : [scales], new Int8Array(scales));
    const inputs = [scale, g.initializer(g.fresh('zero'), zeros)];
    const attributes = axis === undefined ? {} : { axis };
    const codes = g.op('QuantizeLinear', [theta, ...inputs], attributes);
    return g.op('DequantizeLinear', [codes, ...inputs], attributes);
  },
  quantized: (theta, site, parameters) => quantizedTheta(theta, axisOf(site, parameters), parameters.type),
});

/** `max |theta| / levels`, 1 where all is zero: a scalar, or one for each position of an axis. */
function scaleOf(g: GraphBuilder, theta: string, axis: number | undefined, levels: number): string {
  const axes = [...g.dims(theta).keys()].filter((each) => each !== axis);
  const magnitudes = g.op('Abs', [theta]);
  const largest = axes.length === 0 ? magnitudes : g.max(magnitudes, axes, false);
  const scale = g.div(largest, levels);
  return g.where(g.equal(scale, 0), 1, scale);
}

/**
 * Codes and scales as the graph of `quantize` computes them, in single precision.
 * @param axis with a scale for each position; undefined for a single one
 */
export function quantizedTheta(
  { dims, data }: Tensor<'float32'>,
  axis: number | undefined,
  type: keyof typeof LEVELS,
): QuantizedTheta {
  const channels = axis === undefined ? 1 : (dims[axis] ?? 1);
  const behind = axis === undefined ? data.length : sizeOf(dims.slice(axis + 1));
  const channelOf = (i: number) => Math.floor(i / behind) % channels;
  const scales = new Float32Array(channels);
  for (let i = 0; i < data.length; i++) {
    const channel = channelOf(i);
    scales[channel] = Math.max(scales[channel] ?? 0, Math.abs(data[i] ?? 0));
  }
  for (let k = 0; k < channels; k++) scales[k] = (scales[k] ?? 0) / LEVELS[type] || 1;
  const codes = Int8Array.from(data, (value, i) => {
    const code = roundHalfToEven(Math.fround(value / (scales[channelOf(i)] ?? 1)));
    return Math.max(-LEVELS[type], Math.min(LEVELS[type], code));
  });
  return {
    codes: tensor(type, dims, codes),
    scale: float32(axis === undefined ? [] : [channels], scales),
    axis,
  };
}

/** As ONNX rounds. */
function roundHalfToEven(value: number): number {
  const nearest = Math.round(value);
  return Math.abs(value % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}
