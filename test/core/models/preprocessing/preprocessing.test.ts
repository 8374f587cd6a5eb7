import { describe, expect, it } from 'vitest';
import {
  type Layout,
  layoutNames,
  type Preprocessing,
  rangeValues,
  unitValues,
  type Values,
  withPreprocessing,
} from '../../../../src/core/formats/index.js';
import { knownValues } from '../../../../src/core/formats/known-values.js';
import { inspectModel } from '../../../../src/core/models/model-summary.js';
import { objectives } from '../../../../src/core/models/objectives/index.js';
import { shapeOf } from '../../../../src/core/models/preprocessing/layouts.js';
import { decodeModel } from '../../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../../src/core/onnx/encode.js';
import { classifierOf, largestDifference, uniform } from '../../../support/classifiers.js';
import { dataOf } from '../../../support/errors.js';
import { modelOf } from '../../../support/run.js';
import { type Dim, float32, type Model, type Tensor } from '../../../support/toolkit.js';

type ImageDims = readonly [number, number, number];

const colour: ImageDims = [3, 4, 6];
const grey: ImageDims = [1, 4, 6];
const count = 5;

/** A small network with something curved in it, for an input of any shape. */
function rawModel(input: readonly Dim[], size: number, batch: Dim = 'N'): Model {
  return modelOf((g) => {
    const x = g.input('input', 'float32', [batch, ...input]);
    const flat = g.op('Reshape', [x, g.ints([-1, size])]);
    const hidden = g.op('Tanh', [g.matmul(flat, g.initializer('w', uniform([size, 7], -0.02, 0.02, 'w')))]);
    return g.matmul(hidden, g.initializer('v', uniform([7, 4], -1, 1, 'v')));
  });
}

/** What a caller of the raw model would write. */
function byHand(
  images: Tensor<'float32'>,
  { layout, channelOrder, scale, mean, std }: Preprocessing,
): Tensor<'float32'> {
  const [n, channels, height, width] = images.dims as [number, number, number, number];
  const area = height * width;
  const result = new Float32Array(images.data.length);
  images.data.forEach((x, at) => {
    const [image, from, place] = [
      Math.floor(at / (channels * area)),
      Math.floor(at / area) % channels,
      at % area,
    ];
    const channel = channelOrder === 'BGR' ? channels - 1 - from : from;
    const of = (numbers: readonly number[]) => numbers[numbers.length === 1 ? 0 : channel]!;
    const last = layout === 'NHWC' || layout === 'flat-HWC';
    const to = image * channels * area + (last ? place * channels + channel : channel * area + place);
    result[to] = (scale * x - of(mean)) / of(std);
  });
  return float32([n, ...shapeOf(layout, [channels, height, width])], result);
}

const valuesTried: readonly (readonly [string, Values])[] = [
  ...knownValues.map(({ name, values }) => [name, values] as const),
  ['blue first', { ...unitValues, channelOrder: 'BGR' }],
  [
    'blue first, with deviations',
    { scale: 255, mean: [104, 117, 123], std: [57, 58, 59], channelOrder: 'BGR' },
  ],
  ['one mean for all', { scale: 1, mean: [0.4], std: [0.2] }],
];

describe('a model behind its preprocessing', () => {
  const cases = layoutNames.flatMap((layout) =>
    valuesTried.map(([name, values]) => ({ layout, name, values })),
  );
  it.each(cases)(
    '$layout, $name: the same logits as on images prepared by hand',
    async ({ layout, values }) => {
      const dims = layout === 'NHW' ? grey : colour;
      if ([values.mean, values.std].some((numbers) => numbers.length !== 1 && numbers.length !== dims[0]))
        return;
      if (values.channelOrder && dims === grey) return;
      const images = uniform([count, ...dims], 0, 1, 'images');
      const preprocessing = { layout, ...values };
      const raw = rawModel(shapeOf(layout, dims), images.data.length / count);
      const wrapped = decodeModel(encodeModel(withPreprocessing(raw, preprocessing, dims)));
      const [plain, classifier] = [await classifierOf(raw), await classifierOf(wrapped)];
      expect(classifier.shape.dims).toEqual(dims);
      const wanted = await plain.logits(byHand(images, preprocessing));
      expect(largestDifference((await classifier.logits(images)).data, wanted.data)).toBeLessThan(1e-5);
      await plain.release();
      await classifier.release();
    },
  );

  it('has gradients in units of [0, 1], in the shape of the images', async () => {
    const images = uniform([count, ...colour], 0, 1, 'images');
    const values = { scale: 255, mean: [100, 110, 120], std: [50, 60, 70], channelOrder: 'BGR' } as const;
    const size = 72;
    const objective = objectives['cross-entropy'];
    const raw = await classifierOf(rawModel([4, 6, 3], size));
    const wrapped = await classifierOf(
      withPreprocessing(rawModel([4, 6, 3], size), { layout: 'NHWC', ...values }, colour),
    );
    const labels = [0, 1, 2, 3, 0];
    const { gradient: inner } = await raw.gradient(
      byHand(images, { layout: 'NHWC', ...values }),
      objective,
      labels,
    );
    const { gradient } = await wrapped.gradient(images, objective, labels);
    expect(gradient.dims).toEqual(images.dims);
    // d/dx = scale / std times the raw gradient, moved from [H, W, C], blue first, to [C, H, W].
    const wanted = gradient.data.map((_, at) => {
      const [image, channel, place] = [Math.floor(at / size), 2 - (Math.floor(at / 24) % 3), at % 24];
      return (inner.data[image * size + place * 3 + channel]! * 255) / values.std[channel]!;
    });
    expect(largestDifference(gradient.data, wanted)).toBeLessThan(1e-4);
    await raw.release();
    await wrapped.release();
  });

  it('that does nothing is the model itself', () => {
    const raw = rawModel(colour, 72);
    expect(withPreprocessing(raw, { layout: 'NCHW', ...unitValues }, colour)).toBe(raw);
    expect(
      withPreprocessing(raw, { layout: 'NCHW', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] }, colour),
    ).toBe(raw);
  });

  it('fills in sizes that the model leaves free', async () => {
    for (const preprocessing of [unitValues, rangeValues(-1, 1)]) {
      const wrapped = withPreprocessing(
        rawModel([3, 'height', 'width'], 72),
        { layout: 'NCHW', ...preprocessing },
        colour,
      );
      expect((await classifierOf(wrapped)).shape.dims).toEqual(colour);
    }
  });

  it('keeps a fixed batch, which is freed as ever', async () => {
    const classifier = await classifierOf(
      withPreprocessing(rawModel([72], 72, 4), { layout: 'flat', ...rangeValues(-1, 1) }, colour),
    );
    expect(classifier.shape.fixedBatch).toBe(4);
    expect((await classifier.logits(uniform([count, ...colour], 0, 1))).dims).toEqual([count, 4]);
    await classifier.release();
  });

  it('can be put behind another one, and be inspected', () => {
    const once = withPreprocessing(
      rawModel([4, 6, 3], 72),
      { layout: 'NHWC', ...rangeValues(0, 255) },
      colour,
    );
    const twice = withPreprocessing(once, { layout: 'NCHW', ...rangeValues(-1, 1) }, colour);
    const report = inspectModel(twice);
    expect(report.classifier.shape).toMatchObject({ dims: colour, classes: 4 });
    expect(report.differentiable.problems).toEqual([]);
    expect(report.inputs).toMatchObject([{ shape: ['N', ...colour] }]);
  });

  it('is refused for images that do not fit', async () => {
    const error = await dataOf('data-mismatch', () =>
      withPreprocessing(rawModel([8, 8, 3], 192), { layout: 'NHWC', ...unitValues }, colour, 'm.onnx'),
    );
    expect(error).toMatchObject({
      what: 'm.onnx',
      expected: 'images of [8, 8, 3]',
      received: '[4, 6, 3] (NHWC)',
    });
  });

  it.each<[string, Partial<Values>]>([
    ['scale', { scale: 0 }],
    ['mean', { mean: [1, 2] }],
    ['std', { std: [0.2, 0, 0.2] }],
    ['std', { std: [] }],
  ])('is refused for a %s that cannot be meant: %j', async (what, wrong) => {
    const layout: Layout = 'NCHW';
    const error = await dataOf('bad-value', () =>
      withPreprocessing(rawModel(colour, 72), { layout, ...unitValues, ...wrong }, colour, 'm.onnx'),
    );
    expect(error.what).toBe(`${what} for m.onnx`);
  });

  it('is refused for grey images that should count blue first', async () => {
    const preprocessing: Preprocessing = { layout: 'NCHW', ...unitValues, channelOrder: 'BGR' };
    const error = await dataOf('bad-value', () =>
      withPreprocessing(rawModel(grey, 24), preprocessing, grey, 'm.onnx'),
    );
    expect(error).toMatchObject({ what: 'channel order for m.onnx', received: 'BGR' });
  });
});
