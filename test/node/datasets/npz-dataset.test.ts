import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isToolkitError } from '../../../src/core/base/errors.js';
import { writeNpz } from '../../../src/core/tensor/npz.js';
import { float32, int64, type Tensor, tensor } from '../../../src/core/tensor/tensor.js';
import { loadNpz, type NpzOptions } from '../../../src/node/datasets/npz-dataset.js';
import { useTemporaryFolders } from '../store/temporary.js';

const temporaryFolder = useTemporaryFolders();

async function load(arrays: Record<string, Tensor>, options: NpzOptions = {}) {
  const path = join(temporaryFolder(), 'images.npz');
  await writeFile(path, writeNpz(new Map(Object.entries(arrays))));
  return loadNpz({ path, ...options });
}

async function reasonFor(arrays: Record<string, Tensor>, options: NpzOptions = {}): Promise<string> {
  const error = await load(arrays, options).catch((reason: unknown) => reason);
  if (isToolkitError(error, 'corrupt-data')) return error.data.reason;
  throw error;
}

const count = (...dims: number[]): Tensor<'uint8'> => {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return tensor(
    'uint8',
    dims,
    Uint8Array.from({ length }, (_, i) => i),
  );
};

describe('an .npz data set', () => {
  it('reads grey images and labels as test images', async () => {
    const set = await load({ images: count(2, 2, 3), labels: int64([2], [3, 1]) });
    expect(set).toMatchObject({
      title: 'images.npz',
      classes: 4,
      dims: [1, 2, 3],
      classNames: ['0', '1', '2', '3'],
    });
    expect([set.train.count, set.test.count]).toEqual([0, 2]);
    const { images, labels } = set.test.batch([1]);
    expect(images.data).toEqual(Float32Array.from([6, 7, 8, 9, 10, 11], (value) => value / 255));
    expect(labels.data).toEqual(BigInt64Array.of(1n));
  });

  it('brings channels to the front', async () => {
    const labels = int64([2], [0, 1]);
    const last = await load({ images: count(2, 2, 2, 3), labels });
    expect(last.dims).toEqual([3, 2, 2]);
    const order = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11].map((i) => i + 12);
    expect(last.test.batch([1]).images.data).toEqual(Float32Array.from(order, (value) => value / 255));
    const first = await load({ images: count(2, 3, 2, 2), labels });
    expect(first.dims).toEqual([3, 2, 2]);
    expect(first.test.batch([0]).images.data[1]).toBe(Math.fround(1 / 255));
    expect((await load({ images: count(2, 3, 2, 3), labels }, { layout: 'NHWC' })).dims).toEqual([3, 3, 2]);
    expect(await reasonFor({ images: count(2, 3, 2, 3), labels })).toMatch(
      /unclear where the channels are.*layout/,
    );
    expect(await reasonFor({ images: count(2, 5, 2, 7), labels })).toMatch(/unclear/);
  });

  it('reads floats, training images, other names and other types of labels', async () => {
    const set = await load({
      x_train: tensor('float64', [3, 1, 1], Float64Array.of(0, 0.5, 1)),
      y_train: tensor('uint8', [3, 1], Uint8Array.of(0, 5, 2)),
      x_test: float32([1, 1, 1], [0.25]),
      y_test: tensor('int32', [1], Int32Array.of(1)),
    });
    expect(set.classes).toBe(6);
    expect(set.train.batch([0, 1, 2]).images.data).toEqual(Float32Array.of(0, 0.5, 1));
    expect(set.test.batch([0]).images.data).toEqual(Float32Array.of(0.25));
    expect(Array.from(set.train.labels)).toEqual([0, 5, 2]);
  });

  it.each([
    ['whole', int64([3, 4], [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1])],
    ['float', float32([3, 4], [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1])],
    ['probabilities', float32([3, 4], [0.1, 0.2, 0.4, 0.3, 0.7, 0.1, 0.1, 0.1, 0, 0, 0.25, 0.75])],
  ])('takes the largest entry of one-hot rows and says so (%s)', async (_, labels) => {
    const set = await load({ images: count(3, 1, 1), labels });
    expect([...set.test.labels]).toEqual([2, 0, 3]);
    expect(set.notes).toEqual(['labels are one-hot rows of 4: the class is the largest entry of each']);
    const alone = await load({ images: count(3, 1, 1), labels: int64([3], [2, 0, 3]) });
    expect(alone.notes).toBeUndefined();
  });

  it('reads labels that are whole numbers of a floating-point type', async () => {
    const set = await load({ images: count(2, 1, 1), labels: float32([2], [1, 0]) });
    expect([...set.test.labels]).toEqual([1, 0]);
  });

  it('takes the number and names of classes from the caller', async () => {
    const arrays = { images: count(1, 2, 2), labels: int64([1], [1]) };
    expect((await load(arrays, { classes: 10 })).classNames.length).toBe(10);
    expect((await load(arrays, { classNames: ['cat', 'dog'] })).classNames).toEqual(['cat', 'dog']);
    expect(await reasonFor(arrays, { classNames: ['cat'] })).toBe('1 class names for 2 classes');
    await expect(load(arrays, { classes: 0 })).rejects.toThrowError(/number of classes: expected 1 to 65536/);
  });

  it('reports every problem at once', async () => {
    const reason = await reasonFor(
      {
        images: float32([2, 1, 1], [Number.NaN, 0.5]),
        labels: float32([3], [0, 1.5, 2]),
        train_images: count(2, 2, 2),
        train_labels: int64([2], [-1, 2 ** 40]),
      },
      { classes: 3 },
    );
    expect(reason.split('; ')).toEqual([
      'images: 1 of 2 values are not in [0, 1] (the first, at 0, is NaN)',
      'divide values of 0 to 255 by 255 or save them as uint8',
      'labels: 1 of 3 labels are not whole numbers (the first, at 1, is 1.5)',
      '2 images, but 3 labels',
      '2 of 2 labels are not 0 to 2 (the first, at 0, is -1)',
    ]);
  });

  const labels = int64([1], [0]);
  it.each<[string, Record<string, Tensor>, RegExp]>([
    [
      'no arrays of these names',
      { pictures: count(1, 1, 1) },
      /no arrays "images" and "labels"; it holds pictures/,
    ],
    ['an empty archive', {}, /it holds nothing/],
    ['images alone', { images: count(1, 1, 1) }, /"images" has no "labels" beside it/],
    ['labels alone', { y_test: labels }, /"y_test" has no "x_test" beside it/],
    [
      'values to 255 as floats',
      { images: float32([1, 1, 2], [0, 255]), labels },
      /is 255\); divide .* by 255/,
    ],
    ['infinity', { images: float32([1, 1, 1], [Number.POSITIVE_INFINITY]), labels }, /not in \[0, 1\]/],
    [
      'images of integers',
      { images: int64([1, 1, 1], [1]), labels },
      /must be uint8, float32 or float64, not int64/,
    ],
    ['flat images', { images: count(1, 4), labels }, /must be \[N, H, W\].*not \[1, 4\]/],
    ['no images', { images: count(0, 2, 2), labels: int64([0], []) }, /no images: \[0, 2, 2\]/],
    [
      'rows of labels that are no one-hot rows',
      { images: count(2, 1, 1), labels: int64([2, 3], [0, 1, 0, 1, 1, 0]) },
      /row 1 of the labels is not one-hot: its sum is 2, expected 1/,
    ],
    [
      'labels without end',
      { images: count(1, 1, 1), labels: int64([1], [2 ** 33]) },
      /labels are not 0 to 65535/,
    ],
    [
      'two sizes',
      { images: count(1, 2, 2), labels, train_images: count(1, 3, 3), train_labels: labels },
      /training images are \[1, 3, 3\], test images \[1, 2, 2\]/,
    ],
  ])('refuses %s', async (_, arrays, reason) => {
    expect(await reasonFor(arrays)).toMatch(reason);
  });

  it('needs a path to an archive within the limit', async () => {
    await expect(loadNpz({})).rejects.toThrowError(/path of the data set: expected an \.npz file/);
    await expect(loadNpz({ path: '/no/such.npz' })).rejects.toThrowError(
      /no such file; expected an \.npz data set/,
    );
    await expect(load({ images: count(9, 9, 9), labels }, { limit: 100 })).rejects.toThrowError(
      /more than the limit/,
    );
  });
});
