import { bounded } from '../../base/bounded.js';
import { float32, sizeOf } from '../../tensor/tensor.js';
import type { GraphBuilder } from '../builder.js';
import { isStatic } from '../dims.js';
import { windowOf } from '../operators/window.js';
import type { LoweringFamily } from './lowering.js';

/** Pooling by a norm: the p-th root of a sum of p-th powers. */

function powered(g: GraphBuilder, x: string, p: number): string {
  if (p === 2) return g.mul(x, x);
  const size = g.op('Abs', [x]);
  return p === 1 ? size : g.pow(size, p);
}

/** The p-th root; its slope at 0 is infinite and is taken for 0. */
function root(g: GraphBuilder, sum: string, p: number): string {
  if (p === 1) return sum;
  const none = g.equal(sum, 0);
  const safe = g.where(none, 1, sum);
  return g.where(none, 0, p === 2 ? g.sqrt(safe) : g.pow(safe, 1 / p));
}

export const pooling = {
  /** Sums are taken by a convolution of each channel with ones. */
  LpPool: ({ g, node, attributes }) => {
    const [x = ''] = node.inputs;
    const [, channels, ...spatial] = g.dims(x);
    const output = g.typeOf(node.outputs[0] ?? '')?.dims?.slice(2);
    if (typeof channels !== 'number' || !isStatic(spatial) || !output || !isStatic(output)) return undefined;
    const w = windowOf(attributes, attributes.kernel_shape, spatial);
    const front = w.pads.slice(0, spatial.length);
    // Windows that begin inside the image and end behind its padding see zeros there.
    const behind = output.map((size, axis) => {
      const [kernel = 1, stride = 1, dilation = 1] = [w.kernel[axis], w.strides[axis], w.dilations[axis]];
      const reach = (Number(size) - 1) * stride + (kernel - 1) * dilation + 1;
      return Math.max(0, reach - (spatial[axis] ?? 0) - (front[axis] ?? 0));
    });
    const dims = [channels, 1, ...w.kernel];
    const ones = g.constant(float32(dims, new Float32Array(bounded(sizeOf(dims))).fill(1)));
    const sum = g.op('Conv', [powered(g, x, attributes.p), g.cast(ones, g.dtype(x))], {
      group: channels,
      strides: w.strides,
      dilations: w.dilations,
      pads: [...front, ...behind],
    });
    return [root(g, sum, attributes.p)];
  },
  GlobalLpPool: ({ g, node, attributes: { p } }) => {
    const [x = ''] = node.inputs;
    const axes = [...g.dims(x).keys()].slice(2);
    return [root(g, g.sum(powered(g, x, p), axes), p)];
  },
} as const satisfies LoweringFamily;
