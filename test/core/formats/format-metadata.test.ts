import { describe, expect, it } from 'vitest';
import { describedBy, statedByMetadata } from '../../../src/core/formats/format-metadata.js';
import { rangeValues } from '../../../src/core/formats/index.js';
import { type ImageDims, strangerOf } from './strangers.js';

describe('what the metadata of a model say of its input', () => {
  const dims: ImageDims = [1, 2, 2];
  const model = strangerOf({ layout: 'NCHW', ...rangeValues(0, 1) }, dims);
  const withMetadata = (metadata: Readonly<Record<string, string>>) => ({
    ...model,
    metadata: new Map(Object.entries(metadata)),
  });

  it.each<[string, string, readonly string[] | undefined]>([
    ['a JSON array', '["cat", "dog"]', ['cat', 'dog']],
    ['a JSON object', '{"1": "dog", "0": "cat"}', ['cat', 'dog']],
    ['a dictionary of Python', `{0: 'cat', 1: "sheep's dog"}`, ['cat', "sheep's dog"]],
    ['a list', 'cat, dog', ['cat', 'dog']],
    ['lines', 'cat\ndog, small\n', undefined],
    ['lines without an end', 'cat\ndog, small', ['cat', 'dog, small']],
    ['one name', 'cat', undefined],
    ['a name twice', 'cat,cat', undefined],
    ['numbers that are left out', '{"0": "cat", "2": "dog"}', undefined],
    ['something else', '{"id": 3}', undefined],
    ['nothing', '', undefined],
  ])('%s', (_, names, expected) => {
    const { labels } = statedByMetadata(withMetadata({ names }));
    expect(labels?.value).toEqual(expected);
  });

  it.each([
    ['Bgr8', 'BGR'],
    ['Rgb8', 'RGB'],
  ])('pixels %s', (format, value) => {
    const named = withMetadata({ 'Image.BitmapPixelFormat': format });
    expect(statedByMetadata(named)).toEqual({ channelOrder: { value, origin: 'metadata' } });
  });

  it('passes over a range and pixels that ONNX does not define, or that have no colours', () => {
    for (const pixels of ['toString', 'Gray8', 'bgr8']) {
      const named = withMetadata({
        'Image.NominalPixelRange': 'toString',
        'Image.BitmapPixelFormat': pixels,
      });
      expect(statedByMetadata(named)).toEqual({});
    }
  });

  it('is what this toolkit wrote, before anything else', () => {
    const named = withMetadata({ labels: 'cat,dog', 'Image.NominalPixelRange': 'Normalized_1_1' });
    const described = describedBy(named, { layout: 'NHWC', range: [0, 255] });
    expect(statedByMetadata(described)).toEqual({
      layout: { value: 'NHWC', origin: 'metadata' },
      values: { value: rangeValues(0, 255), origin: 'metadata' },
      labels: { value: ['cat', 'dog'], origin: 'metadata' },
    });
    const again = describedBy(model, { channelOrder: 'BGR', labels: ['a', 'b'] });
    expect(Object.keys(statedByMetadata(again))).toEqual(['channelOrder', 'labels']);
  });

  it.each(['{', '[]', '7', '{"layout": "CHW"}', '{"scale": 0}'])('passes over a description %s', (text) => {
    expect(statedByMetadata(withMetadata({ 'foolproof.input': text }))).toEqual({});
  });
});
