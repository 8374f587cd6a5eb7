import { type GradientCase, linear, x } from '../../support/differences.js';
import type { Dim } from '../../support/toolkit.js';

type Attributes = Readonly<Record<string, number | readonly number[] | string>>;

/**
 * Input, weight, with or without bias. The second code path of the input's gradient begins above 8 channels.
 */
const conv = (
  title: string,
  input: readonly Dim[],
  weight: readonly number[],
  attributes: Attributes = {},
  bias = false,
) =>
  linear('Conv', title, [x(input), x(weight), ...(bias ? [x([weight[0]!])] : [])], (g, ...u) =>
    g.op('Conv', u, attributes),
  );

const transposed = (
  title: string,
  input: readonly Dim[],
  weight: readonly number[],
  attributes: Attributes = {},
  bias = false,
) => {
  const outputs = weight[1]! * Number(attributes.group ?? 1);
  return linear('ConvTranspose', title, [x(input), x(weight), ...(bias ? [x([outputs])] : [])], (g, ...u) =>
    g.op('ConvTranspose', u, attributes),
  );
};

export const convolutionCases: readonly GradientCase[] = [
  conv('plain, bias', ['N', 2, 5, 5], [3, 2, 3, 3], {}, true),
  conv('plain, 9 channels, bias', ['N', 9, 4, 4], [2, 9, 3, 3], {}, true),
  conv('padded, 9 channels', ['N', 9, 4, 3], [2, 9, 3, 3], { pads: [1, 1, 1, 1] }),
  conv('asymmetric pads', ['N', 2, 4, 5], [2, 2, 3, 2], { pads: [0, 1, 2, 0] }),
  conv('asymmetric pads, 9 channels', [1, 9, 4, 5], [2, 9, 3, 2], { pads: [0, 1, 2, 0] }),
  conv('more padding than kernel', [1, 2, 3, 3], [2, 2, 2, 2], { pads: [2, 3, 2, 2] }),
  conv('more padding than kernel, 9 channels', [1, 9, 2, 2], [2, 9, 2, 2], { pads: [2, 3, 2, 2] }),
  conv('stride 2', ['N', 2, 5, 5], [2, 2, 3, 3], { strides: [2, 2] }),
  conv('stride 2, last row and column unused', ['N', 2, 6, 6], [2, 2, 3, 3], { strides: [2, 2] }),
  conv('stride 2 and pads, last row unused', [1, 2, 6, 5], [2, 2, 3, 3], {
    strides: [2, 2],
    pads: [1, 1, 0, 1],
  }),
  conv('stride 2, 9 channels', [1, 9, 6, 5], [2, 9, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }),
  conv('strides that differ', [1, 2, 7, 5], [2, 2, 2, 3], { strides: [3, 1] }),
  conv('stride beyond the kernel', [1, 2, 8, 8], [2, 2, 2, 2], { strides: [3, 3] }),
  conv('dilation 2', ['N', 2, 6, 6], [2, 2, 3, 3], { dilations: [2, 2] }),
  conv('dilation 2, 9 channels', [1, 9, 6, 5], [2, 9, 3, 2], { dilations: [2, 2], pads: [2, 1, 2, 1] }),
  conv('dilation 2 and stride 2', [1, 2, 8, 7], [2, 2, 3, 2], {
    dilations: [2, 2],
    strides: [2, 2],
    pads: [1, 0, 1, 1],
  }),
  conv('dilation 3 and stride 2', [1, 2, 9, 8], [2, 2, 2, 2], { dilations: [3, 3], strides: [2, 2] }),
  conv('two groups, bias', ['N', 4, 4, 4], [6, 2, 3, 3], { group: 2, pads: [1, 1, 1, 1] }, true),
  conv('two groups, 10 channels', [1, 10, 3, 3], [4, 5, 2, 2], { group: 2 }),
  conv('two groups, stride 2, 10 channels', [1, 10, 4, 4], [4, 5, 3, 3], { group: 2, strides: [2, 2] }),
  conv('depthwise', ['N', 3, 4, 4], [3, 1, 3, 3], { group: 3, pads: [1, 1, 1, 1] }),
  conv('depthwise, two filters each, 9 channels', [1, 9, 3, 3], [18, 1, 2, 2], { group: 9 }),
  conv('1x1', ['N', 3, 3, 3], [2, 3, 1, 1]),
  conv('1x1, 9 channels', ['N', 9, 2, 2], [2, 9, 1, 1]),
  conv('1x1, stride 2', [1, 3, 4, 4], [2, 3, 1, 1], { strides: [2, 2] }),
  conv('SAME_UPPER, even kernel', ['N', 2, 5, 5], [2, 2, 2, 4], { auto_pad: 'SAME_UPPER' }),
  conv('SAME_LOWER, even kernel', ['N', 2, 5, 5], [2, 2, 2, 4], { auto_pad: 'SAME_LOWER' }),
  conv('SAME_LOWER, even kernel, 9 channels', [1, 9, 4, 4], [2, 9, 2, 2], { auto_pad: 'SAME_LOWER' }),
  conv('SAME_UPPER, stride 2', [1, 2, 6, 5], [2, 2, 3, 3], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  conv('VALID', [1, 2, 5, 5], [2, 2, 3, 3], { auto_pad: 'VALID' }),
  conv('one axis', ['N', 2, 7], [3, 2, 3], { pads: [1, 0], strides: [2] }, true),
  conv('one axis, 9 channels', ['N', 9, 5], [2, 9, 3], { pads: [1, 1] }),
  conv('three axes', ['N', 2, 3, 4, 3], [2, 2, 2, 2, 2], { pads: [1, 0, 0, 0, 1, 1] }, true),
  conv('three axes, 9 channels', [1, 9, 3, 2, 3], [2, 9, 2, 2, 2]),
  conv('kernel as large as the input', ['N', 2, 4, 4], [3, 2, 4, 4]),

  transposed('plain, bias', ['N', 2, 3, 3], [2, 3, 3, 3], {}, true),
  transposed('stride 2', ['N', 2, 3, 2], [2, 3, 3, 3], { strides: [2, 2] }),
  transposed('stride 2, pads, output padding', ['N', 2, 3, 3], [2, 2, 3, 3], {
    strides: [2, 2],
    pads: [1, 1, 1, 0],
    output_padding: [1, 0],
  }),
  transposed('dilation 2', [1, 2, 3, 3], [2, 2, 2, 2], { dilations: [2, 2] }),
  transposed('two groups, stride 2, bias', ['N', 4, 2, 3], [4, 3, 2, 3], { group: 2, strides: [2, 1] }, true),
  transposed('one axis', ['N', 2, 4], [2, 3, 3], { strides: [3], pads: [1, 1] }),
  transposed('three axes', [1, 2, 2, 2, 2], [2, 2, 2, 2, 2], { strides: [1, 2, 1] }),
];
