import { expect, it } from 'vitest';
import { dataWarnings } from '../../../src/core/data/data-warnings.js';
import { type Dataset, splitOf } from '../../../src/core/data/dataset.js';

const dataOf = (labels: readonly number[], more: Partial<Dataset> = {}): Dataset => {
  const parts = { dims: [1, 2, 3] as const, classes: 3 };
  const empty = splitOf({ ...parts, pixels: new Uint8Array(0), labels: new Int32Array(0) });
  const test = splitOf({
    ...parts,
    pixels: new Uint8Array(6 * labels.length),
    labels: Int32Array.from(labels),
  });
  const classNames = ['a', 'b', 'c'];
  return {
    name: 'x',
    title: 'photos',
    classes: 3,
    classNames,
    dims: [1, 2, 3],
    train: empty,
    test,
    source: '',
    ...more,
  };
};

it('says nothing of good data, nor of a few images that happen to miss a class', () => {
  expect(dataWarnings(dataOf([0, 1, 2]))).toEqual([]);
  expect(dataWarnings(dataOf([0, 1]))).toEqual([]);
  expect(dataWarnings(dataOf([1]))).toEqual([]);
});

it('tells of damaged images, of stretched ones, of classes without images', () => {
  const skipped = ['1', '2', '3', '4'].map((name) => ({ path: `a/${name}.png`, reason: 'it is empty' }));
  expect(dataWarnings(dataOf([0, 1, 2], { skipped, stretched: 2 }))).toEqual([
    'photos: 4 of 7 images are damaged and left out (a/1.png: it is empty; a/2.png: it is empty; ' +
      'a/3.png: it is empty; and 1 more)',
    'photos: 2 of 7 images have another size and were stretched to 2 x 3',
  ]);
  const lacking = Array.from({ length: 40 }, (_, i) => i % 2);
  expect(dataWarnings(dataOf(lacking))).toEqual(['photos: no test images of c']);
});

it('tells of a single class, on which every constant model is perfect', () => {
  const data = dataOf([1, 1, 1]);
  expect(dataWarnings(data)).toEqual([
    'photos: all 3 test images are of one class, b; no accuracy on them means anything',
  ]);
});
