import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type FittingOptions, fitToData, loadForModel } from '../../src/cli/fitting.js';
import { type Preprocessing, rangeValues } from '../../src/core/formats/index.js';
import { writeNpz } from '../../src/core/tensor/npz.js';
import { sampleOf, strangerOf } from '../core/formats/strangers.js';
import { classifierOf } from '../support/classifiers.js';
import { dataOf } from '../support/errors.js';
import { int64, type Model, nodeRuntime, type Tensor, tensor } from '../support/toolkit.js';
import { workplace } from './support.js';

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

const fitTo = async (model: Model, options: Partial<FittingOptions> & { dataset: string }) =>
  fitToData(
    place.path('m.onnx'),
    { model },
    { seed: 1, threads: 1, ...options },
    { runtime: await nodeRuntime() },
  );

describe("a stranger's model and its data", () => {
  it('are made to fit each other without a word', async () => {
    const order = [3, 0, 4, 1, 2];
    const fitted = await fitTo(strangerOf(bytes, dims, { order }), { dataset: npzOf('good.npz') });
    expect(fitted.format).toMatchObject({ preprocessing: bytes, aboveChance: true });
    expect(fitted.data.classNames).toEqual(['3', '0', '4', '1', '2']);
    expect(fitted.notes).toHaveLength(3);
    expect(fitted.warnings).toEqual([]);
    const classifier = await classifierOf(fitted.model);
    const { images, labels } = fitted.data.test.batch([...Array(300).keys()]);
    const predicted = await classifier.predict(images);
    expect(predicted.filter((k, n) => k === Number(labels.data[n])).length).toBeGreaterThan(270);
    await classifier.release();
  });

  it('with flags and a file beside the model', async () => {
    writeFileSync(place.path('m.onnx.json'), JSON.stringify({ range: [-1, 1], labels: [3, 0, 4, 1, 2] }));
    const model = strangerOf(bytes, dims, { order: [3, 0, 4, 1, 2] });
    const { format } = await fitTo(model, { dataset: npzOf('good.npz'), range: [0, 255] });
    expect(format.origins).toMatchObject({ layout: 'shape', values: 'given', labels: 'sidecar' });
    expect(format.aboveChance).toBe(true);
    writeFileSync(place.path('m.onnx.json'), '{}');
  });

  it('images of a folder are stretched to what the model takes, which is told', async () => {
    const folder = await folderOf('tall', 60, 12);
    const fitted = await fitTo(strangerOf(bytes, dims), { dataset: folder });
    expect(fitted.data.dims).toEqual(dims);
    expect(fitted.format).toMatchObject({ preprocessing: bytes, aboveChance: true });
    expect(fitted.warnings).toEqual(['tall: 60 of 60 images have another size and were stretched to 6 x 5']);
    const free = strangerOf(bytes, dims, { input: ['h', 'w', 3] });
    expect((await fitTo(free, { dataset: folder, resize: [6, 5] })).format.aboveChance).toBe(true);
  });

  it('damaged images are left out and told of', async () => {
    const folder = await folderOf('hurt');
    writeFileSync(join(folder, 'kind 0', 'broken.png'), 'no image');
    const { warnings } = await fitTo(strangerOf(bytes, dims), { dataset: folder });
    expect(warnings).toEqual([
      expect.stringMatching(/^hurt: 1 of 61 images are damaged and left out \(kind 0.broken\.png: /),
    ]);
  });

  it('data of one class are warned of and prove nothing', async () => {
    const fitted = await fitTo(strangerOf(bytes, dims), { dataset: npzOf('one.npz', Array(300).fill(0)) });
    expect(fitted.warnings).toEqual([expect.stringMatching(/all 300 test images are of one class/)]);
    expect(fitted.format.aboveChance).toBe(false);
  });

  it('labels that the model does not know are refused', async () => {
    const labels = Array.from({ length: 300 }, (_, n) => n % 7);
    const error = await dataOf('data-mismatch', () =>
      fitTo(strangerOf(bytes, dims), { dataset: npzOf('seven.npz', labels) }),
    );
    expect(error).toMatchObject({ expected: 'data of at most 5 classes', received: '7 classes' });
  });

  it('only images of a folder are resized', async () => {
    const error = await dataOf('nothing-to-do', () =>
      loadForModel({ model: strangerOf(bytes, dims) }, { dataset: npzOf('good.npz'), resize: [6, 5] }),
    );
    expect(error.what).toBe('--resize with NumPy archive');
  });

  it('what is no classifier is refused as such', async () => {
    const { graph, ...rest } = strangerOf(bytes, dims);
    const two = {
      ...rest,
      graph: { ...graph, inputs: [...graph.inputs, { name: 'other', type: graph.inputs[0]!.type! }] },
    };
    const { problems } = await dataOf('not-a-classifier', () => fitTo(two, { dataset: npzOf('good.npz') }));
    expect(problems[0]).toBe('it has 2 inputs (input, other)');
  });
});
