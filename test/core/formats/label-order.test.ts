import { describe, expect, it } from 'vitest';
import { mapOfLabels, matchedMap } from '../../../src/core/formats/label-order.js';
import { dataOf } from '../../support/errors.js';

describe('the order of classes by name', () => {
  const classNames = ['cat', 'Dog', 'fire truck'];
  it('finds each class of the data among those of the model, however it is spelt', () => {
    const labels = ['FIRE_TRUCK', 'ship', 'dog', 'Cat'];
    expect(mapOfLabels(labels, classNames, { source: 'm', classes: 4 })).toEqual([3, 2, 0]);
  });

  it('takes numbers as classes of the data', () => {
    const map = mapOfLabels([2, 0, 1], classNames, { source: 'm', classes: 3 });
    expect(map).toEqual([1, 2, 0]);
  });

  it(
    'is refused when a class is missing, when one is there twice, and for another number ' + 'of classes',
    async () => {
      const refused = (labels: string[], classes = labels.length) =>
        dataOf('data-mismatch', () => mapOfLabels(labels, classNames, { source: 'm.onnx', classes }));
      expect(await refused(['cat', 'ship'])).toEqual({
        what: 'labels of m.onnx',
        expected: 'each class of the data once (Dog, fire truck)',
        received: 'cat, ship',
      });
      expect((await refused(['cat', 'dog', 'CAT', 'fire-truck'])).expected).toBe(
        'each class of the data once (cat)',
      );
      expect(await refused(['cat'], 3)).toMatchObject({
        expected: 'one for each of its 3 classes',
        received: '1',
      });
    },
  );
});

describe('the order of classes by agreement', () => {
  it('is the one that most predictions speak for', () => {
    const labels = [0, 0, 0, 1, 1, 2, 2];
    const predictions = [2, 2, 0, 0, 0, 1, 2];
    expect(matchedMap(labels, predictions, { data: 3, model: 3 })).toEqual([2, 0, 1]);
    expect(matchedMap(labels, [7, 7, 7, 5, 5, 3, 3], { data: 3, model: 9 })).toEqual([7, 5, 3]);
  });

  it("is the data's own where nothing speaks for another", () => {
    expect(matchedMap([0, 1, 2], [-1, -1, -1], { data: 3, model: 4 })).toEqual([0, 1, 2]);
    expect(matchedMap([0, 1, 2], [1, 1, 1], { data: 3, model: 3 })[1]).toBe(1);
  });
});
