import { bounded } from '../../base/bounded.js';
import { float32, sizeOf } from '../../tensor/tensor.js';
import type { GraphBuilder } from '../builder.js';
import { normalizeAxis } from '../operators/operator.js';
import type { LoweringFamily } from './lowering.js';

/** Normalizations as the arithmetic that they are made of. */

const axesFrom = (first: number, rank: number) =>
  Array.from({ length: bounded(rank - first) }, (_, i) => first + i);

export const meanOf = (g: GraphBuilder, value: string, axes: readonly number[]) =>
  g.op('ReduceMean', [value, g.ints(axes)], { keepdims: 1 });

/** `x / sqrt(mean(x^2) + epsilon)` along the axes from `first` on (Zhang and Sennrich 2019). */
export function rootMeanSquare(g: GraphBuilder, x: string, first: number, epsilon: number): string {
  const axes = axesFrom(first, g.dims(x).length);
  return g.div(x, g.sqrt(g.add(meanOf(g, g.mul(x, x), axes), epsilon)));
}

/** A vector [C] in the shape that broadcasts against [N, C, ...]. */
function channelwise(g: GraphBuilder, vector: string, x: string): string {
  return g.unsqueeze(vector, axesFrom(1, g.dims(x).length - 1));
}

const filled = (size: number, value: number) => float32([size], Array<number>(bounded(size)).fill(value));

/** `x / d`, and 0 where the divisor is 0, as the engine has it. */
function quotientOrZero(g: GraphBuilder, x: string, divisor: string): string {
  const none = g.equal(divisor, 0);
  return g.where(none, 0, g.div(x, g.where(none, 1, divisor)));
}

export const normalization = {
  /** Neighbouring channels are summed by a convolution with a band matrix (Krizhevsky et al. 2012, 3.3). */
  LRN: ({ g, node, attributes: { alpha, beta, bias, size } }) => {
    const [image = ''] = node.inputs;
    const [, channels, ...spatial] = g.dims(image);
    if (typeof channels !== 'number') return undefined;
    const [before, behind] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
    const dims = [channels, channels, ...spatial.map(() => 1)];
    const band = Float32Array.from({ length: bounded(sizeOf(dims)) }, (_, i) => {
      const apart = (i % channels) - Math.floor(i / channels);
      return apart >= -before && apart <= behind ? alpha / size : 0;
    });
    const level = g.constant(filled(channels, bias));
    const power = g.op('Conv', [g.mul(image, image), g.constant(float32(dims, band)), level]);
    return [g.div(image, g.pow(power, beta))];
  },
  GroupNormalization: ({ g, node, attributes }) => {
    const [x = '', scale = '', bias = ''] = node.inputs;
    const { num_groups: groups, epsilon } = attributes;
    const rows = g.op('Reshape', [x, g.ints([0, groups, -1])]);
    // Operator set 18 had one scale for each group, 21 has one for each channel.
    const perGroup = g.dims(scale)[0] === groups;
    const dtype = g.dtype(x);
    const [one, zero] = [1, 0].map((value) => g.cast(g.constant(filled(groups, value)), dtype));
    const factors = perGroup ? [scale, bias] : [one ?? '', zero ?? ''];
    const normal = g.op('InstanceNormalization', [rows, ...factors], {
      epsilon: { kind: 'float', value: epsilon },
    });
    const back = g.reshape(normal, g.dims(x), x);
    if (perGroup) return [back];
    return [g.add(g.mul(back, channelwise(g, scale, x)), channelwise(g, bias, x))];
  },
  RMSNormalization: ({ g, node, attributes: { axis, epsilon } }) => {
    const [x = '', scale = ''] = node.inputs;
    return [g.mul(rootMeanSquare(g, x, normalizeAxis(axis, g.dims(x).length), epsilon), scale)];
  },
  LpNormalization: ({ g, node, attributes: { axis, p } }) => {
    const [x = ''] = node.inputs;
    const norm = g.op(p === 1 ? 'ReduceL1' : 'ReduceL2', [x, g.ints([axis])], { keepdims: 1 });
    return [quotientOrZero(g, x, norm)];
  },
  MeanVarianceNormalization: ({ g, node, attributes: { axes } }) => {
    const [x = ''] = node.inputs;
    const centred = g.sub(x, meanOf(g, x, axes));
    const deviation = g.sqrt(meanOf(g, g.mul(centred, centred), axes));
    return [g.div(centred, g.add(deviation, 1e-9))];
  },
} as const satisfies LoweringFamily;
