import { isStatic, product } from '../dims.js';
import type { Dim } from '../graph.js';
import { int, ints, string } from './attributes.js';
import { type OperatorFamily, operator, type ShapeContext, UnknownShape } from './operator.js';
import { shaped } from './types.js';
import { outputSize, windowOf } from './window.js';

/** The attributes of a window, apart from its kernel. */
export const windowed = { auto_pad: string('NOTSET'), pads: ints(), strides: ints() };

export const convolution = { ...windowed, dilations: ints(), group: int(1), kernel_shape: ints() };

const staticKernel = (dims: readonly Dim[]): readonly number[] => {
  if (!isStatic(dims)) throw new UnknownShape('its kernel size is not static');
  return dims;
};

/** Batch or outputs, channels, and the spatial axes of an image or a weight. */
export function imageDims(c: ShapeContext, input: number): readonly [Dim, Dim, ...Dim[]] {
  const [first, second, ...spatial] = c.dims(input);
  if (first === undefined || second === undefined) c.fail(`[${c.dims(input)}] has no batch and channels`);
  return [first, second, ...spatial];
}

/** Shape of a convolution of input 0 with the weight at another input. */
export const convolutionDims = (c: ShapeContext<typeof convolution>, weight = 1): readonly Dim[] =>
  convolvedDims(c, imageDims(c, 0), imageDims(c, weight));

/** The same of shapes [N, C, ...] and [M, C / group, ...]. */
export function convolvedDims(
  c: ShapeContext<typeof convolution>,
  image: readonly Dim[],
  weight: readonly Dim[],
): readonly Dim[] {
  const [[batch = 1, channels = 1, ...spatial], [outputs = 1, perGroup = 1, ...kernel]] = [image, weight];
  const { group } = c.attributes;
  const stated = `weight [${weight}]`;
  if (kernel.length !== spatial.length) c.fail(`${stated} does not fit input [${image}]`);
  if (typeof channels === 'number' && typeof perGroup === 'number' && channels !== perGroup * group) {
    c.fail(`input has ${channels} channels, ${stated} with ${group} groups expects ${perGroup * group}`);
  }
  const window = windowOf(c.attributes, staticKernel(kernel), spatial);
  return [batch, outputs, ...outputSize(spatial, window, false, c)];
}

export const convolutions = {
  Conv: operator({ attributes: convolution, shape: (c) => shaped(c, convolutionDims(c)) }),
  ConvTranspose: operator({
    attributes: { ...convolution, output_padding: ints(), output_shape: ints() },
    shape: (c) => {
      const [batch, , ...spatial] = imageDims(c, 0);
      const [, perGroup, ...kernel] = imageDims(c, 1);
      const { output_shape: given, output_padding: extra, auto_pad, group } = c.attributes;
      const w = windowOf(c.attributes, staticKernel(kernel), spatial);
      const size = spatial.map((length, axis) => {
        const [stride = 1, size = 1, dilation = 1] = [w.strides[axis], w.kernel[axis], w.dilations[axis]];
        if (given?.[axis] !== undefined) return given[axis];
        if (typeof length !== 'number') throw new UnknownShape('a spatial size is not static');
        if (auto_pad.startsWith('SAME')) return length * stride;
        const reach = (size - 1) * dilation + 1;
        const cropped = (w.pads[axis] ?? 0) + (w.pads[axis + spatial.length] ?? 0);
        return (length - 1) * stride + reach + (extra?.[axis] ?? 0) - cropped;
      });
      return shaped(c, [batch, product([perGroup, group]), ...size]);
    },
  }),
} as const satisfies OperatorFamily;
