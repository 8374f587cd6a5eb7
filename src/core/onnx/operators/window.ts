import type { Dim } from '../graph.js';
import { type ShapeContext, UnknownShape } from './operator.js';

/** The window of a convolution or pooling, with ONNX's defaults and `auto_pad` made explicit. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Begin of every spatial axis, then end of every spatial axis. */
  readonly pads: readonly number[];
}

/** The attributes that describe a window; which of them an operator has differs. */
export interface WindowAttributes {
  readonly auto_pad: string;
  readonly strides: readonly number[] | undefined;
  readonly dilations?: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
}

/**
 * @param kernel kernel size by spatial axis
 * @param spatial input size by spatial axis; needed for `auto_pad` alone
 */
export function windowOf(
  attributes: WindowAttributes,
  kernel: readonly number[],
  spatial: readonly Dim[],
): Window {
  const rank = kernel.length;
  const strides = attributes.strides ?? Array<number>(rank).fill(1);
  const dilations = attributes.dilations ?? Array<number>(rank).fill(1);
  const none = Array<number>(2 * rank).fill(0);
  if (attributes.auto_pad === 'NOTSET') return { kernel, strides, dilations, pads: attributes.pads ?? none };
  if (attributes.auto_pad === 'VALID') return { kernel, strides, dilations, pads: none };
  const totals = kernel.map((k, axis) => {
    const size = spatial[axis];
    const [stride = 1, dilation = 1] = [strides[axis], dilations[axis]];
    if (typeof size !== 'number') throw new UnknownShape('auto_pad with a spatial size that is not static');
    const outputs = Math.ceil(size / stride);
    return Math.max(0, (outputs - 1) * stride + (k - 1) * dilation + 1 - size);
  });
  const less = totals.map((t) => Math.floor(t / 2));
  const more = totals.map((t) => Math.ceil(t / 2));
  const pads = attributes.auto_pad === 'SAME_UPPER' ? [...less, ...more] : [...more, ...less];
  return { kernel, strides, dilations, pads };
}

/** Number of window positions along each spatial axis. */
export function outputSize(
  spatial: readonly Dim[],
  w: Window,
  ceil: boolean,
  c: ShapeContext,
): readonly number[] {
  return spatial.map((size, axis) => {
    if (typeof size !== 'number') throw new UnknownShape('a spatial size is not static');
    const [begin = 0, end = 0] = [w.pads[axis], w.pads[axis + spatial.length]];
    const [kernel = 1, dilation = 1, stride = 1] = [w.kernel[axis], w.dilations[axis], w.strides[axis]];
    const slack = size + begin + end - ((kernel - 1) * dilation + 1);
    if (slack < 0) c.fail(`its window does not fit into ${size} + ${begin + end} elements`);
    const positions = slack / stride;
    if (!ceil) return Math.floor(positions) + 1;
    const rounded = Math.ceil(positions) + 1;
    // A window that would start inside the end padding does not exist.
    return (rounded - 1) * stride >= size + begin ? rounded - 1 : rounded;
  });
}
