import { type GradientCase, linear, x } from '../../support/differences.js';
import { type Dim, float, float32 } from '../../support/toolkit.js';

type Attributes = Readonly<Record<string, number | string | readonly number[] | ReturnType<typeof float>>>;

const scaled = (title: string, scales: readonly number[], attributes: Attributes, dims: readonly Dim[]) =>
  linear('Resize', title, [x(dims)], (g, u) =>
    g.op('Resize', [u!, '', g.constant(float32([scales.length], scales))], attributes),
  );

const sized = (title: string, sizes: readonly number[], attributes: Attributes, dims: readonly Dim[]) =>
  linear('Resize', title, [x(dims)], (g, u) => g.op('Resize', [u!, '', '', g.ints(sizes)], attributes));

const images: readonly Dim[] = ['N', 2, 3, 4];

export const resamplingCases: readonly GradientCase[] = [
  scaled('nearest, twice as large', [1, 1, 2, 2], {}, images),
  scaled('nearest, factors with a fraction', [1, 1, 1.7, 0.6], {}, images),
  scaled('a factor that leaves the size', [1, 1, 1.2, 1], { nearest_mode: 'ceil' }, images),
  ...['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'].flatMap((nearest_mode) =>
    ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'].map((mode) =>
      sized(
        `nearest, ${nearest_mode}, ${mode}`,
        [5, 3],
        { nearest_mode, coordinate_transformation_mode: mode, axes: [2, 3] },
        images,
      ),
    ),
  ),
  sized('axes in another order', [2, 7], { axes: [-1, 2] }, images),
  sized('channels', [3, 2], { axes: [1, 2] }, [1, 2, 3, 4]),
  ...['linear', 'cubic'].flatMap((mode) => [
    scaled(`${mode}, larger`, [1, 1, 2, 1.5], { mode }, images),
    sized(`${mode}, smaller`, [2, 3], { mode, axes: [2, 3] }, images),
    sized(`${mode}, antialias`, [2, 3], { mode, antialias: 1, axes: [2, 3] }, images),
    sized(
      `${mode}, align_corners`,
      [4, 6],
      { mode, axes: [2, 3], coordinate_transformation_mode: 'align_corners' },
      images,
    ),
  ]),
  scaled(
    'cubic, another coefficient',
    [1, 1, 2, 2],
    { mode: 'cubic', cubic_coeff_a: float(-0.5), exclude_outside: 1 },
    images,
  ),
];
