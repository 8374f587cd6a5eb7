import { curved, type GradientCase, smooth, x } from '../../support/differences.js';
import { type Dim, float } from '../../support/toolkit.js';

const softmax = (op: string, title: string, dims: readonly Dim[], axis?: number): GradientCase =>
  smooth(op, title, [x(dims)], (g, u) => g.op(op, [u!], axis === undefined ? {} : { axis }));

const batchNormalization = (title: string, dims: readonly Dim[], epsilon?: number): GradientCase => {
  const channel = x([Number(dims[1])]);
  return smooth(
    'BatchNormalization',
    title,
    [x(dims), channel, channel, channel, x(channel.dims, 'positive')],
    (g, ...u) => g.op('BatchNormalization', u, epsilon === undefined ? {} : { epsilon: float(epsilon) }),
  );
};

export const normalizationCases: readonly GradientCase[] = [
  ...['Softmax', 'LogSoftmax'].flatMap((op) => [
    softmax(op, 'default axis', ['N', 4]),
    softmax(op, 'first axis', ['N', 4], 0),
    softmax(op, 'middle axis', ['N', 3, 2], 1),
    softmax(op, 'negative axis', ['N', 3, 2], -2),
  ]),
  curved('LayerNormalization', 'last axis', [x(['N', 3, 4]), x([4]), x([4])], (g, ...u) =>
    g.op('LayerNormalization', u),
  ),
  curved('LayerNormalization', 'two axes, broadcast scale, no bias', [x(['N', 3, 2]), x([1, 2])], (g, ...u) =>
    g.op('LayerNormalization', u, { axis: 1, epsilon: float(0.1) }),
  ),
  curved('InstanceNormalization', 'images', [x(['N', 2, 2, 3]), x([2]), x([2])], (g, ...u) =>
    g.op('InstanceNormalization', u),
  ),
  batchNormalization('images', ['N', 3, 2, 2]),
  batchNormalization('features', ['N', 3]),
  batchNormalization('sequences, epsilon of its own', ['N', 2, 4], 0.1),
];
