import { describe, expect, it } from 'vitest';
import {
  type DetectOptions,
  detectFormat,
  formatSentences,
  rangeValues,
  type StatedFormat,
} from '../../../src/core/formats/index.js';
import { knownValues } from '../../../src/core/formats/known-values.js';
import { layoutNames } from '../../../src/core/models/preprocessing/layouts.js';
import { dataOf } from '../../support/errors.js';
import { type Model, nodeRuntime } from '../../support/toolkit.js';
import { type ImageDims, sampleOf, strangerOf } from './strangers.js';

const colour: ImageDims = [3, 6, 5];
const grey: ImageDims = [1, 6, 5];
const coloured = sampleOf(600, colour);
const greyed = sampleOf(600, grey);
/** So noisy that pixels in the wrong order tell. */
const noisy = sampleOf(600, colour, 5, 0.3);
const unit = knownValues[0]!.values;
const bytes = rangeValues(0, 255);

async function detect(model: Model, sample = coloured, options: Partial<DetectOptions> = {}) {
  return detectFormat(model, sample, {
    runtime: await nodeRuntime(),
    threads: 1,
    source: 'm.onnx',
    ...options,
  });
}

describe('the format of a model that comes without a word', () => {
  const planted = knownValues.flatMap((known) =>
    layoutNames.flatMap((layout) => {
      const dims = layout === 'NHW' || known.channels === 1 ? grey : colour;
      const possible = (known.channels ?? dims[0]) === dims[0] && !(dims === grey && layout === 'flat-HWC');
      return possible ? [{ name: known.name, layout, known, dims }] : [];
    }),
  );
  it.each(planted)('$layout, $name', async ({ layout, known, dims }) => {
    const sample = dims === grey ? greyed : noisy;
    const format = await detect(strangerOf({ layout, ...known.values }, dims), sample);
    expect(format.preprocessing.layout).toBe(layout);
    // Statistics of photographs are so alike that hardly an image tells them apart.
    const alike = knownValues.filter((other) => other.channels === 3).map(({ title }) => title);
    if (known.channels === 3) expect(alike).toContain(format.title);
    else expect(format.preprocessing).toEqual({ layout, ...known.values });
    expect(format).toMatchObject({ aboveChance: true, labelMap: [0, 1, 2, 3, 4], accuracyInDataOrder: null });
    expect(format.accuracy.value).toBeGreaterThan(0.9);
    expect(format.origins.layout).toBe(layout.startsWith('flat') && dims === colour ? 'guessed' : 'shape');
    expect(format.origins.values).toBe('guessed');
  });

  it('tells what it chose, and against what', async () => {
    const format = await detect(strangerOf({ layout: 'NHWC', ...bytes }, colour));
    const sentences = formatSentences(format, coloured.classNames);
    expect(sentences).toHaveLength(2);
    expect(sentences[0]).toBe(
      'layout NHWC (channels last, as TensorFlow has them): the only one that fits its input',
    );
    expect(sentences[1]).toMatch(/^values 0 to 255: detected, \d+\.\d % against \d+\.\d % for 0 to 1/);
    expect(format.candidates).toHaveLength(8);
    // Clear losers are not measured to the end.
    expect(Math.min(...format.candidates.map((c) => c.accuracy.total))).toBe(128);
    expect(formatSentences(await detect(strangerOf({ layout: 'NCHW', ...unit }, colour)))).toEqual([]);
  });

  it('takes the simplest where nothing tells them apart', async () => {
    // One image, and a model that is right whatever it is fed: its classes 1 to 4 are never asked for.
    const one = sampleOf(1, colour, 1);
    const format = await detect(strangerOf({ layout: 'NCHW', ...bytes }, colour, { order: [0, 0] }), one);
    expect(format.title).toBe('values 0 to 1');
    expect(format.aboveChance).toBe(false);
  });

  it.each([
    ['0 to 1', unit],
    ['0 to 255', bytes],
  ])('counts blue first where that is clearly better: %s', async (_, values) => {
    const preprocessing = { layout: 'NHWC', ...values, channelOrder: 'BGR' } as const;
    const format = await detect(strangerOf(preprocessing, colour));
    expect(format.preprocessing).toEqual(preprocessing);
    expect(format.origins.channelOrder).toBe('guessed');
    expect(format.accuracy.value).toBeGreaterThan(0.9);
    expect(formatSentences(format).at(-1)).toMatch(
      /^colours in the order blue, green, red: detected, \d+\.\d % against \d+\.\d % for red, green, blue$/,
    );
  });

  it('counts blue first and its classes in another order, both found', async () => {
    const preprocessing = { layout: 'NHWC', ...unit, channelOrder: 'BGR' } as const;
    const order = [3, 0, 4, 1, 2];
    const format = await detect(strangerOf(preprocessing, colour, { order }));
    expect(format.preprocessing).toEqual(preprocessing);
    expect(format.labelMap).toEqual([0, 1, 2, 3, 4].map((k) => order.indexOf(k)));
    expect(format.accuracy.value).toBeGreaterThan(0.9);
    // On images that the order was not matched on: half of those that both were asked about.
    const asked = format.candidates.find((c) => c.name === 'unit-bgr')!.accuracy.total;
    expect(format.accuracy.total).toBe(Math.floor(asked / 2));
  });

  it('does not count blue first where that makes no difference', async () => {
    const alike = greyed.images.data;
    const size = 30;
    const pixels = new Float32Array(3 * alike.length).map(
      (_, at) => alike[Math.floor(at / (3 * size)) * size + (at % size)]!,
    );
    const images = { ...coloured.images, dims: [600, ...colour], data: pixels };
    for (const values of [unit, bytes]) {
      const format = await detect(strangerOf({ layout: 'NCHW', ...values }, colour), { ...greyed, images });
      expect(format.preprocessing.channelOrder).toBeUndefined();
    }
  });

  it('is seen through a softmax, a fixed batch and free sizes', async () => {
    const model = strangerOf({ layout: 'NHWC', ...bytes }, colour, { batch: 4, softmax: true });
    expect((await detect(model)).preprocessing).toEqual({ layout: 'NHWC', ...bytes });
    const free = strangerOf({ layout: 'NHWC', ...bytes }, colour, { input: ['h', 'w', 3] });
    const format = await detect(free);
    expect(format.preprocessing).toEqual({ layout: 'NHWC', ...bytes });
  });

  it('is found though another one makes the model overflow', async () => {
    const format = await detect(strangerOf({ layout: 'NCHW', ...unit }, colour, { overflows: true }));
    expect(format).toMatchObject({ title: 'values 0 to 1', aboveChance: true });
    expect(format.candidates.find((c) => c.name === 'bytes')!.accuracy.value).toBeLessThan(0.05);
  });

  it('reports progress and hears the signal', async () => {
    const seen: string[] = [];
    await detect(strangerOf({ layout: 'NCHW', ...unit }, colour), coloured, {
      onProgress: (done, total) => void seen.push(`${done}/${total}`),
    });
    expect(seen[0]).toBe('1/7');
    expect(seen.at(-1)).toBe('7/7');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(
      detect(strangerOf({ layout: 'NCHW', ...unit }, colour), coloured, { signal }),
    ).rejects.toThrow('enough');
  });
});

describe('the order of classes', () => {
  it.each<[string, readonly number[]]>([
    ['a whole other order', [3, 0, 4, 1, 2]],
    ['two exchanged classes', [0, 1, 3, 2, 4]],
    ['a cycle of three', [1, 2, 0, 3, 4]],
  ])('is found: %s', async (_, order) => {
    const format = await detect(strangerOf({ layout: 'NHWC', ...bytes }, colour, { order }));
    expect(format.preprocessing).toEqual({ layout: 'NHWC', ...bytes });
    // Class k of the model is class order[k] of the data.
    expect(format.labelMap).toEqual([0, 1, 2, 3, 4].map((k) => order.indexOf(k)));
    expect(format.accuracy.value).toBeGreaterThan(0.9);
    expect(format.accuracyInDataOrder!.value).toBeLessThan(0.7);
    expect(format.origins.labels).toBe('guessed');
    expect(formatSentences(format, coloured.classNames).at(-1)).toMatch(
      /class order differs from that of the data \(kind \d.*\): detected, \d+\.\d % \(\d+\/\d+\) on images that it was not matched on, against/,
    );
  });

  it('is found in a model of more classes', async () => {
    const order = [3, 0, 6, 4, 1, 5, 2];
    const format = await detect(strangerOf({ layout: 'flat', ...unit }, grey, { order }), greyed);
    expect(format).toMatchObject({ labelMap: [1, 4, 6, 0, 3], classes: 7, aboveChance: true });
  });

  it('is not made up for a model that has learned nothing', async () => {
    const other = sampleOf(600, colour, 5, 3);
    const shuffled = {
      ...other,
      labels: [...(other.labels as number[])].sort(() => 0).map((_, n) => (n * 7) % 5),
    };
    const format = await detect(strangerOf({ layout: 'NCHW', ...unit }, colour), shuffled);
    expect(format).toMatchObject({
      aboveChance: false,
      labelMap: [0, 1, 2, 3, 4],
      accuracyInDataOrder: null,
    });
    expect(formatSentences(format)).toEqual([
      expect.stringMatching(/right for \d+\.\d % .* in any of 8 formats, no better than chance \(20\.0 %\)/),
    ]);
  });

  it('is not searched on a handful of images', async () => {
    const few = sampleOf(20, colour);
    const format = await detect(
      strangerOf({ layout: 'NCHW', ...unit }, colour, { order: [3, 0, 4, 1, 2] }),
      few,
    );
    expect(format.accuracyInDataOrder).toBeNull();
  });
});

describe('what is stated', () => {
  const stated = (format: StatedFormat) => ({ stated: format });

  it('is believed, each thing for itself', async () => {
    const order = [3, 0, 4, 1, 2];
    const labels = order.map((k) => `Kind ${k}`);
    const model = strangerOf({ layout: 'flat-HWC', ...bytes }, colour, { order });
    const format = await detect(
      model,
      coloured,
      stated({
        layout: { value: 'flat-HWC', origin: 'given' },
        values: { value: bytes, origin: 'sidecar' },
        labels: { value: labels, origin: 'sidecar' },
      }),
    );
    expect(format.origins).toEqual({
      layout: 'given',
      channelOrder: 'guessed',
      values: 'sidecar',
      labels: 'sidecar',
    });
    // As it was said, and with blue and red exchanged.
    expect(format.candidates.map((c) => c.preprocessing.channelOrder)).toEqual([undefined, 'BGR']);
    expect(format.accuracy.value).toBeGreaterThan(0.9);
    expect(formatSentences(format, coloured.classNames)).toEqual([
      'layout flat-HWC (one row of numbers, pixel after pixel): as stated',
      'values of scale 255, mean 0, std 1: from the file beside the model',
      'class order differs from that of the data (kind 3, kind 0, kind 4, kind 1, kind 2): from the ' +
        'file beside the model',
    ]);
  });

  it('is believed when it is wrong, which is then said', async () => {
    const format = await detect(
      strangerOf({ layout: 'NCHW', ...unit }, colour),
      coloured,
      stated({
        values: { value: { scale: 1, mean: [30], std: [1] }, origin: 'given' },
        channelOrder: { value: 'RGB', origin: 'given' },
      }),
    );
    expect(format.aboveChance).toBe(false);
    expect(formatSentences(format).at(-1)).toMatch(/of the images in this format, no better than chance/);
  });

  it('of colours: is believed, and said', async () => {
    const preprocessing = { layout: 'NCHW', ...unit, channelOrder: 'BGR' } as const;
    for (const origin of ['given', 'sidecar', 'metadata'] as const) {
      const channelOrder = { value: 'BGR', origin } as const;
      const format = await detect(strangerOf(preprocessing, colour), coloured, stated({ channelOrder }));
      expect(format.preprocessing).toEqual(preprocessing);
      expect(format.origins.channelOrder).toBe(origin);
      expect(format.candidates.every((c) => c.preprocessing.channelOrder === 'BGR')).toBe(true);
      expect(formatSentences(format).at(-1)).toMatch(
        /^colours in the order blue, green, red: (as stated|from .*)$/,
      );
    }
    const channelOrder = { value: 'RGB', origin: 'given' } as const;
    const wrong = await detect(strangerOf(preprocessing, colour), coloured, stated({ channelOrder }));
    expect(wrong.candidates.some((c) => c.preprocessing.channelOrder === 'BGR')).toBe(false);
    expect(wrong.preprocessing.channelOrder).toBeUndefined();
  });

  it('of values counts in the order of the model, whichever that turns out to be', async () => {
    const values = { scale: 255, mean: [60, 120, 180], std: [1] };
    const preprocessing = { layout: 'NCHW', ...values, channelOrder: 'BGR' } as const;
    const origin = 'given';
    const format = await detect(
      strangerOf(preprocessing, colour),
      coloured,
      stated({ values: { value: values, origin } }),
    );
    expect(format.preprocessing).toEqual(preprocessing);
  });

  it("passes over names in the model's metadata that are not those of the data", async () => {
    const labels = { value: ['a', 'b', 'c', 'd', 'e'], origin: 'metadata' } as const;
    const model = strangerOf({ layout: 'NCHW', ...unit }, colour);
    expect((await detect(model, coloured, stated({ labels }))).origins.labels).toBe('guessed');
    const sidecar = stated({ labels: { ...labels, origin: 'sidecar' } });
    await dataOf('data-mismatch', () => detect(model, coloured, sidecar));
  });
});

describe('images that do not fit', () => {
  it.each<[string, Model, ImageDims, string, string, RegExp]>([
    [
      'another size',
      strangerOf({ layout: 'NCHW', ...unit }, [3, 12, 10]),
      colour,
      '[3, 12, 10]',
      '[3, 6, 5]',
      /Stretch images of a folder to 12 x 10/,
    ],
    [
      'another size, channels last',
      strangerOf({ layout: 'NHWC', ...unit }, [3, 12, 10]),
      colour,
      '[12, 10, 3]',
      '[3, 6, 5]',
      /Stretch images of a folder to 12 x 10/,
    ],
    [
      'grey ones',
      strangerOf({ layout: 'NCHW', ...unit }, colour),
      grey,
      '[3, 6, 5]',
      '[1, 6, 5]',
      /takes coloured images, these are grey/,
    ],
    [
      'too many numbers',
      strangerOf({ layout: 'flat', ...unit }, grey),
      colour,
      '[30]',
      '[3, 6, 5]',
      /3 x 6 x 5 are 90 numbers; it needs 30/,
    ],
  ])('are refused with what to do: %s', async (_, model, dims, expected, received, hint) => {
    const error = await dataOf('data-mismatch', () => detect(model, sampleOf(10, dims)));
    expect(error).toMatchObject({ what: 'm.onnx', expected: `images of ${expected}`, received });
    expect(error.hint).toMatch(hint);
  });

  it('and data of more classes than the model', async () => {
    const model = strangerOf({ layout: 'NCHW', ...unit }, colour, { order: [0, 1, 2] });
    const error = await dataOf('data-mismatch', () => detect(model));
    expect(error).toEqual({ what: 'm.onnx', expected: 'data of at most 3 classes', received: '5 classes' });
  });
});
