import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rangeValues } from '../../../src/core/formats/index.js';
import {
  parseSidecar,
  readSidecar,
  sidecarSchema,
  statedBy,
  statedFormat,
  valuesOf,
} from '../../../src/node/subject/sidecar.js';
import { type ImageDims, strangerOf } from '../../core/formats/strangers.js';
import { dataOf } from '../../support/errors.js';
import { useTemporaryFolders } from '../store/temporary.js';

const temporaryFolder = useTemporaryFolders();

function beside(files: Readonly<Record<string, unknown>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return join(folder, 'model.onnx');
}

const whole = {
  layout: 'NHWC',
  scale: 255,
  mean: [123.7, 116.3, 103.5],
  std: [58.4, 57.1, 57.4],
  labels: ['b', 'a'],
};

describe('a file beside a model', () => {
  it('that is wrong is answered with every field that it may hold', () => {
    for (const field of Object.keys(sidecarSchema.shape)) {
      expect(() => parseSidecar(undefined, 'm.onnx.json')).toThrow(
        new RegExp(`It may hold .*\\b${field}\\b`),
      );
    }
  });

  it('is model.onnx.json, or a model.json that is about the input', async () => {
    expect(await readSidecar(beside({}))).toBeUndefined();
    expect((await readSidecar(beside({ 'model.onnx.json': whole })))!.sidecar).toEqual(whole);
    expect((await readSidecar(beside({ 'model.json': whole })))!.path).toMatch(/model\.json$/);
    const both = beside({ 'model.json': { layout: 'NCHW' }, 'model.onnx.json': { layout: 'flat' } });
    expect((await readSidecar(both))!.sidecar.layout).toBe('flat');
    for (const other of [{ modelTopology: {} }, [1], 'not JSON']) {
      expect(await readSidecar(beside({ 'model.json': other }))).toBeUndefined();
    }
  });

  it('says what values become of [0, 1]', () => {
    expect(valuesOf({})).toBeUndefined();
    expect(valuesOf({ range: [-1, 1] })).toEqual(rangeValues(-1, 1));
    expect(valuesOf({ range: [0, 255] })).toEqual({ scale: 255, mean: [0], std: [1] });
    expect(valuesOf({ mean: 0.5, std: 0.25 })).toEqual({ scale: 1, mean: [0.5], std: [0.25] });
    expect(valuesOf({ scale: 255, mean: [1, 2, 3] })).toEqual({ scale: 255, mean: [1, 2, 3], std: [1] });
    // (-1 + 2 x - 0.5) / 2
    expect(valuesOf({ range: [-1, 1], mean: 0.5, std: 2 })).toEqual({ scale: 2, mean: [1.5], std: [2] });
  });

  it.each<[string, unknown, readonly (string | RegExp)[]]>([
    ['no JSON', undefined, ['it is not JSON in UTF-8']],
    ['another thing', 7, [/expected object/]],
    [
      'a misspelt field, a wrong layout and a word for a number, all at once',
      { labls: [], layout: 'CHW', mean: 'half' },
      [/^layout: /, /^mean: /, 'unknown field "labls"; did you mean "labels"?'],
    ],
    ['zeros', { scale: 0, std: [1, 0] }, ['scale: it is 0', 'std: it holds a 0']],
    ['two scales', { scale: 2, range: [0, 2] }, [/both range and scale/]],
    ['an empty range', { range: [1, 1] }, [/black and white are the same/]],
    ['too many means', { mean: [1, 2, 3, 4, 5] }, [/^mean: /]],
    [
      'labels that are neither names nor numbers',
      { labels: ['a', -1, null] },
      [/^labels\.1: /, /^labels\.2: /],
    ],
  ])('is refused with all that is wrong: %s', async (_, content, expected) => {
    const { problems, path } = await dataOf('bad-description', () => parseSidecar(content, 'm.onnx.json'));
    expect(path).toBe('m.onnx.json');
    expect(problems).toHaveLength(expected.length);
    problems.forEach((problem, i) => {
      expect(problem).toMatch(expected[i]!);
    });
  });

  it('is refused when it is too large to be meant', async () => {
    const path = beside({ 'model.onnx.json': ' '.repeat(2 ** 22 + 1) });
    expect((await dataOf('file-too-large', () => readSidecar(path))).limit).toBe(2 ** 22);
  });
});

describe('what is stated of a model', () => {
  const dims: ImageDims = [1, 2, 2];
  const model = strangerOf({ layout: 'NCHW', ...rangeValues(0, 1) }, dims);
  const withMetadata = (metadata: Readonly<Record<string, string>>) => ({
    ...model,
    metadata: new Map(Object.entries(metadata)),
  });

  it('comes from the user before the file, and from the file before the metadata', async () => {
    const path = beside({ 'model.onnx.json': { layout: 'NHWC', range: [0, 255] } });
    const named = withMetadata({ labels: 'cat,dog', 'Image.NominalPixelRange': 'Normalized_1_1' });
    const given = statedBy({ layout: 'flat' }, 'given');
    expect(await statedFormat(named, path, given)).toEqual({
      layout: { value: 'flat', origin: 'given' },
      values: { value: rangeValues(0, 255), origin: 'sidecar' },
      labels: { value: ['cat', 'dog'], origin: 'metadata' },
    });
    expect(await statedFormat(model, beside({}))).toEqual({});
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
  ])('in metadata: %s', async (_, names, expected) => {
    const { labels } = await statedFormat(withMetadata({ names }), beside({}));
    expect(labels?.value).toEqual(expected);
  });

  it.each([
    ['Bgr8', 'BGR'],
    ['Rgb8', 'RGB'],
  ])('in metadata: pixels %s', async (format, value) => {
    const named = withMetadata({ 'Image.BitmapPixelFormat': format });
    expect(await statedFormat(named, beside({}))).toEqual({ channelOrder: { value, origin: 'metadata' } });
    const other = value === 'RGB' ? 'BGR' : 'RGB';
    const path = beside({ 'model.onnx.json': { channelOrder: other } });
    expect(await statedFormat(named, path)).toEqual({ channelOrder: { value: other, origin: 'sidecar' } });
  });

  it('passes over a range and pixels that ONNX does not define, or that have no colours', async () => {
    for (const pixels of ['toString', 'Gray8', 'bgr8']) {
      const named = withMetadata({
        'Image.NominalPixelRange': 'toString',
        'Image.BitmapPixelFormat': pixels,
      });
      expect(await statedFormat(named, beside({}))).toEqual({});
    }
  });
});
