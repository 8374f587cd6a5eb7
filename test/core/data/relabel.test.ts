import { describe, expect, it } from 'vitest';
import { type Dataset, splitOf } from '../../../src/core/data/dataset.js';
import { relabelled } from '../../../src/core/data/relabel.js';
import { dataOf } from '../../support/errors.js';

const split = (labels: readonly number[]) =>
  splitOf({
    dims: [1, 1, 1],
    classes: 3,
    pixels: Uint8Array.from(labels, (_, i) => i),
    labels: Int32Array.from(labels),
  });
const data: Dataset = {
  name: 'npz',
  title: 'three.npz',
  classes: 3,
  classNames: ['a', 'b', 'c'],
  dims: [1, 1, 1],
  train: split([2, 1]),
  test: split([0, 1, 2, 0]),
  source: 'here',
};

describe('a data set with the classes of a model', () => {
  it('counts them as the model does, wherever they are read', () => {
    const moved = relabelled(data, [4, 0, 1], 5);
    expect(moved).toMatchObject({ classes: 5, classNames: ['b', 'c', '2', '3', 'a'], title: 'three.npz' });
    expect([...moved.test.labels]).toEqual([4, 0, 1, 4]);
    expect([...moved.train.batch([0, 1]).labels.data]).toEqual([1n, 0n]);
    const part = moved.test.slice(1).subset([2, 0]);
    expect([...part.labels]).toEqual([4, 0]);
    expect(part.classes).toBe(5);
    const { images, labels } = part.batch([0]);
    expect([[...labels.data], [...images.data]]).toEqual([[4n], [Math.fround(3 / 255)]]);
  });

  it('is the same one when they are counted alike', () => {
    expect(relabelled(data, [0, 1, 2], 3)).toBe(data);
    expect(relabelled(data, [0, 1, 2], 4).classNames).toEqual(['a', 'b', 'c', '3']);
  });

  it.each([[[0, 1]], [[0, 1, 1]], [[0, 1, 3]], [[0, 1, -1]]])('refuses %j', async (map) => {
    const { what } = await dataOf('data-mismatch', () => relabelled(data, map, 3));
    expect(what).toBe('order of the classes of three.npz');
  });
});
