import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { dataWarnings } from '../../../src/core/data/data-warnings.js';
import { statedBy } from '../../../src/core/formats/format-description.js';
import { describedBy } from '../../../src/core/formats/format-metadata.js';
import { type Preprocessing, rangeValues } from '../../../src/core/formats/index.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import { writeNpz } from '../../../src/core/tensor/npz.js';
import { type DataChoice, loadDataFor } from '../../../src/node/subject/load-data.js';
import { readModel } from '../../../src/node/subject/load-model.js';
import { type PrepareOptions, prepare } from '../../../src/node/subject/prepare.js';
import { workplace } from '../../cli/support.js';
import { sampleOf, strangerOf } from '../../core/formats/strangers.js';
import { dataOf } from '../../support/errors.js';
import { int64, type Model, type Tensor, tensor } from '../../support/toolkit.js';

const place = workplace();
const dims = [3, 6, 5] as const;
const bytes: Preprocessing = { layout: 'NHWC', ...rangeValues(0, 255) };

const toBytes = ({ images }: { images: Tensor<'float32'> }) =>
  Uint8Array.from(images.data, (value) => Math.round(value * 255));

function npzOf(name: string, labels?: readonly number[]): string {
  const sample = sampleOf(300, dims);
  const arrays = new Map<string, Tensor>([
    ['images', tensor('uint8', [300, ...dims], toBytes(sample))],
    ['labels', int64([300], labels ?? sample.labels)],
  ]);
  writeFileSync(place.path(name), writeNpz(arrays));
  return place.path(name);
}

/** A folder with a sub-folder for each class. */
async function folderOf(name: string, count = 60, height: number = dims[1]): Promise<string> {
  const sample = sampleOf(count, dims);
  const area = dims[1] * dims[2];
  const pixels = toBytes(sample);
  for (let n = 0; n < count; n++) {
    const folder = join(place.path(name), sample.classNames[sample.labels[n]!]!);
    mkdirSync(folder, { recursive: true });
    const raw = Uint8Array.from(
      { length: 3 * area },
      (_, i) => pixels[n * 3 * area + (i % 3) * area + Math.floor(i / 3)]!,
    );
    const image = sharp(raw, { raw: { width: dims[2], height: dims[1], channels: 3 } });
    writeFileSync(
      join(folder, `${n}.png`),
      await image.resize(dims[2], height, { fit: 'fill' }).png().toBuffer(),
    );
  }
  return place.path(name);
}

/** A model in a file, prepared for a data set that is loaded as it takes it. */
async function prepared(model: Model, choice: DataChoice, options: PrepareOptions = {}) {
  const path = place.path('m.onnx');
  writeFileSync(path, encodeModel(model));
  const file = await readModel(path);
  const data = await loadDataFor(file.model.graph.inputs[0]!.type!.dims!.slice(1), choice);
  const subject = await prepare(file, data, { threads: 1, ...options });
  // Made again when it is asked.
  await subject.release();
  return { subject, data, ...subject.provenance };
}

describe('a model and its data', () => {
  it('are brought together without a word, and the data keep their order', async () => {
    const order = [3, 0, 4, 1, 2];
    const dataset = npzOf('good.npz');
    const { subject, data, format, notes } = await prepared(strangerOf(bytes, dims, { order }), {
      data: dataset,
    });
    expect(format).toMatchObject({ preprocessing: bytes, aboveChance: true });
    expect(data.classNames).toEqual(['0', '1', '2', '3', '4']);
    expect(subject.classNames).toEqual(data.classNames);
    expect(notes).toHaveLength(3);
    expect(dataWarnings(data)).toEqual([]);
    const { images, labels } = data.test.batch([...Array(300).keys()]);
    const predicted = await subject.predict(images);
    expect(predicted.filter((k, n) => k === Number(labels.data[n])).length).toBeGreaterThan(270);
    await subject.release();
  });

  it('by what is given, then the file beside the model, then its metadata, then by trying', async () => {
    const order = [3, 0, 4, 1, 2];
    const model = describedBy(strangerOf(bytes, dims, { order }), {
      layout: 'NHWC',
      range: [0, 2],
      labels: ['a', 'b', 'c', 'd', 'e'],
    });
    writeFileSync(place.path('m.onnx.json'), JSON.stringify({ range: [-1, 1], labels: order }));
    const stated = statedBy({ range: [0, 255] }, 'given');
    const { format } = await prepared(model, { data: npzOf('good.npz') }, { stated });
    expect(format.origins).toEqual({
      ...{ layout: 'metadata', values: 'given', labels: 'sidecar', channelOrder: 'guessed' },
    });
    expect(format.aboveChance).toBe(true);
    writeFileSync(place.path('m.onnx.json'), '{}');
  });

  it('nothing is tried of a model whose metadata say all', async () => {
    const model = describedBy(strangerOf(bytes, dims), {
      ...{ layout: 'NHWC', channelOrder: 'RGB', range: [0, 255], labels: [0, 1, 2, 3, 4] },
    });
    const { format } = await prepared(model, { data: npzOf('good.npz') });
    expect(format.candidates).toHaveLength(1);
    expect(new Set(Object.values(format.origins))).toEqual(new Set(['metadata']));
  });

  it('images that formats are tried on depend on the seed', async () => {
    const sample = sampleOf(1500, dims);
    const arrays = new Map<string, Tensor>([
      ['images', tensor('uint8', [1500, ...dims], toBytes(sample))],
      ['labels', int64([1500], sample.labels)],
    ]);
    const dataset = place.path('many.npz');
    writeFileSync(dataset, writeNpz(arrays));
    const counts = async (seed?: number) => {
      const options = seed === undefined ? {} : { seed };
      const { format } = await prepared(strangerOf(bytes, dims), { data: dataset }, options);
      return format.candidates.map(({ accuracy }) => accuracy.count);
    };
    expect(await counts(1)).toEqual(await counts());
    expect(await counts(2)).not.toEqual(await counts(1));
  });

  it('images of a folder are stretched to what the model takes, which is told', async () => {
    const folder = await folderOf('tall', 60, 12);
    const { data, format } = await prepared(strangerOf(bytes, dims), { data: folder });
    expect(data.dims).toEqual(dims);
    expect(format).toMatchObject({ preprocessing: bytes, aboveChance: true });
    expect(dataWarnings(data)).toEqual([
      'tall: 60 of 60 images have another size and were stretched to 6 x 5',
    ]);
    const free = strangerOf(bytes, dims, { input: ['h', 'w', 3] });
    expect((await prepared(free, { data: folder, resize: [6, 5] })).format.aboveChance).toBe(true);
  });

  it('free sizes of a model are those of the folder, or a question where it has several', async () => {
    const free = strangerOf(bytes, dims, { input: ['h', 'w', 3] });
    const folder = await folderOf('plain');
    const { data, format } = await prepared(free, { data: folder });
    expect([data.dims, data.stretched, format.aboveChance]).toEqual([dims, 0, true]);
    await folderOf('plain', 7, 12);
    const { expected, option } = await dataOf('data-mismatch', () => prepared(free, { data: folder }));
    expect([expected, option]).toEqual(['images of one size, such as the 6 x 5 of most', 'resize']);
  });

  it('data may be named by a path beside the data set that programs assume', async () => {
    const { data } = await prepared(strangerOf(bytes, dims), {
      data: 'mnist',
      dataPath: npzOf('beside.npz'),
    });
    expect(data.test.count).toBe(300);
  });

  it('damaged images are left out and told of', async () => {
    const folder = await folderOf('hurt');
    writeFileSync(join(folder, 'kind 0', 'broken.png'), 'no image');
    const { data } = await prepared(strangerOf(bytes, dims), { data: folder });
    expect(dataWarnings(data)).toEqual([
      expect.stringMatching(/^hurt: 1 of 61 images are damaged and left out \(kind 0.broken\.png: /),
    ]);
  });

  it('data of one class are warned of and prove nothing', async () => {
    const dataset = npzOf('one.npz', Array(300).fill(0));
    const { data, format } = await prepared(strangerOf(bytes, dims), { data: dataset });
    expect(dataWarnings(data)).toEqual([expect.stringMatching(/all 300 test images are of one class/)]);
    expect(format.aboveChance).toBe(false);
  });

  it('labels that the model does not know are refused', async () => {
    const labels = Array.from({ length: 300 }, (_, n) => n % 7);
    const error = await dataOf('data-mismatch', () =>
      prepared(strangerOf(bytes, dims), { data: npzOf('seven.npz', labels) }),
    );
    expect(error).toMatchObject({ expected: 'data of at most 5 classes', received: '7 classes' });
  });

  it('only images of a folder are resized', async () => {
    const error = await dataOf('nothing-to-do', () =>
      loadDataFor([6, 5, 3], { data: npzOf('good.npz'), resize: [6, 5] }),
    );
    expect(error).toMatchObject({ what: 'A size for images of NumPy archive', option: 'resize' });
  });

  it('what is no classifier is refused as such', async () => {
    const { graph, ...rest } = strangerOf(bytes, dims);
    const two = {
      ...rest,
      graph: { ...graph, inputs: [...graph.inputs, { name: 'other', type: graph.inputs[0]!.type! }] },
    };
    const { problems } = await dataOf('not-a-classifier', () => prepared(two, { data: npzOf('good.npz') }));
    expect(problems[0]).toBe('it has 2 inputs (input, other)');
  });
});
