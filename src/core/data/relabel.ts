import { ToolkitError } from '../base/errors.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import type { Dataset, Split } from './dataset.js';

/**
 * The data set with its classes counted as a model counts them. The model may know more classes than the data
 * show; those that no image is of are named by their numbers.
 *
 * @param map for each class of the data the class of the model, no two the same
 * @param classes of the model
 * @throws ToolkitError `data-mismatch` for a map that is not of this kind
 */
export function relabelled(data: Dataset, map: readonly number[], classes: number): Dataset {
  const isClass = (to: number) => Number.isInteger(to) && to >= 0 && to < classes;
  if (map.length !== data.classes || !map.every(isClass) || new Set(map).size !== map.length) {
    throw new ToolkitError('data-mismatch', {
      what: `order of the classes of ${data.title}`,
      expected: `${data.classes} different classes from 0 to ${classes - 1}`,
      received: map.join(', '),
    });
  }
  if (data.classes === classes && map.every((to, from) => to === from)) return data;
  const classNames = Array.from({ length: classes }, (_, k) => data.classNames[map.indexOf(k)] ?? String(k));
  const { train, test } = data;
  return {
    ...data,
    classes,
    classNames,
    train: splitBy(train, map, classes),
    test: splitBy(test, map, classes),
  };
}

function splitBy(split: Split, map: readonly number[], classes: number): Split {
  return {
    ...split,
    classes,
    labels: Int32Array.from(split.labels, (label) => map[label]!),
    batch(indices) {
      const { images, labels } = split.batch(indices);
      return { images, labels: moved(labels, map) };
    },
    slice: (start, end) => splitBy(split.slice(start, end), map, classes),
    subset: (indices) => splitBy(split.subset(indices), map, classes),
  };
}

const moved = (labels: Tensor<'int64'>, map: readonly number[]): Tensor<'int64'> =>
  tensor(
    'int64',
    labels.dims,
    labels.data.map((label) => BigInt(map[Number(label)]!)),
  );
