import { type GradientCase, linear, smooth, x } from '../../support/differences.js';
import type { Dim } from '../../support/toolkit.js';

type Attributes = Readonly<Record<string, number | readonly number[] | string>>;

const maxPool = (title: string, input: readonly Dim[], attributes: Attributes, kind = linear): GradientCase =>
  kind('MaxPool', title, [x(input, 'distinct')], (g, u) => g.op('MaxPool', [u!], attributes));

const averagePool = (title: string, input: readonly Dim[], attributes: Attributes): GradientCase =>
  linear('AveragePool', title, [x(input)], (g, u) => g.op('AveragePool', [u!], attributes));

const two = { kernel_shape: [2, 2], strides: [2, 2] };
const three = { kernel_shape: [3, 3], strides: [2, 2] };

/** Geometries that maximum and average share. */
const geometries: readonly (readonly [string, readonly Dim[], Attributes])[] = [
  ['apart', ['N', 2, 4, 6], two],
  ['apart, does not cover the input', ['N', 2, 5, 7], two],
  ['gaps between windows', ['N', 1, 7, 8], { kernel_shape: [2, 2], strides: [3, 4] }],
  ['overlapping', ['N', 2, 5, 5], three],
  ['overlapping, does not cover the input', ['N', 1, 6, 6], three],
  ['stride 1 by default', ['N', 1, 4, 4], { kernel_shape: [3, 2] }],
  ['padded', ['N', 2, 4, 4], { ...two, pads: [1, 1, 1, 1] }],
  ['padded on one side', ['N', 2, 5, 5], { ...three, pads: [1, 0, 0, 1] }],
  ['overlapping and padded', ['N', 2, 5, 4], { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] }],
  ['ceil_mode', ['N', 2, 5, 5], { ...two, ceil_mode: 1 }],
  ['ceil_mode, overlapping', ['N', 2, 6, 6], { ...three, ceil_mode: 1 }],
  ['ceil_mode, padded', ['N', 1, 6, 5], { ...three, ceil_mode: 1, pads: [1, 1, 0, 1] }],
  ['dilated', ['N', 1, 6, 6], { kernel_shape: [2, 2], dilations: [2, 2] }],
  [
    'dilated, strides 2',
    ['N', 1, 7, 7],
    { kernel_shape: [2, 3], strides: [2, 2], dilations: [3, 2], pads: [1, 1, 1, 1] },
  ],
  ['SAME_UPPER', ['N', 1, 5, 5], { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' }],
  ['SAME_LOWER', ['N', 1, 5, 5], { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_LOWER' }],
  ['VALID', ['N', 1, 5, 5], { kernel_shape: [2, 2], auto_pad: 'VALID' }],
  ['one axis', ['N', 2, 8], { kernel_shape: [3], strides: [2] }],
  ['one axis, apart', ['N', 2, 8], { kernel_shape: [2], strides: [2] }],
  ['three axes', ['N', 1, 4, 2, 4], { kernel_shape: [2, 2, 2], strides: [2, 2, 2] }],
  ['three axes, overlapping', ['N', 1, 3, 3, 3], { kernel_shape: [2, 2, 2] }],
];

export const poolingCases: readonly GradientCase[] = [
  linear('MaxUnpool', 'apart', [x(['N', 2, 4, 4], 'distinct')], (g, u = '') => {
    const window = { kernel_shape: [2, 2], strides: [2, 2] };
    const [y = '', at = ''] = g.ops('MaxPool', [u], window, { outputs: 2 });
    return g.op('MaxUnpool', [y, at], window);
  }),
  linear('MaxUnpool', 'of a larger result', [x(['N', 1, 5, 5], 'distinct')], (g, u = '') => {
    const window = { kernel_shape: [2, 2], strides: [2, 2] };
    const [y = '', at = ''] = g.ops('MaxPool', [u], window, { outputs: 2 });
    return g.op('MaxUnpool', [y, at, g.op('Shape', [u])], window);
  }),
  ...geometries.map(([title, input, attributes]) => maxPool(title, input, attributes)),
  maxPool('double precision, apart', ['N', 1, 4, 4], two, smooth),
  maxPool('double precision, overlapping', ['N', 1, 5, 5], three, smooth),
  ...geometries.flatMap(([title, input, attributes]) => [
    averagePool(title, input, attributes),
    averagePool(`${title}, count_include_pad`, input, { ...attributes, count_include_pad: 1 }),
  ]),
  linear('GlobalMaxPool', 'images', [x(['N', 2, 3, 4], 'distinct')], (g, u) => g.op('GlobalMaxPool', [u!])),
  linear('GlobalMaxPool', 'one axis', [x(['N', 2, 5], 'distinct')], (g, u) => g.op('GlobalMaxPool', [u!])),
  linear('GlobalAveragePool', 'images', [x(['N', 2, 3, 4])], (g, u) => g.op('GlobalAveragePool', [u!])),
  linear('GlobalAveragePool', 'one axis', [x(['N', 2, 5])], (g, u) => g.op('GlobalAveragePool', [u!])),
];
