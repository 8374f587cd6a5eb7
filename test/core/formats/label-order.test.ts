import { describe, expect, it } from 'vitest';
import { matchedMap, orderOfLabels, withSharedNames } from '../../../src/core/formats/label-order.js';
import { dataOf } from '../../support/errors.js';

describe('the order of classes by name', () => {
  const classNames = ['cat', 'Dog', 'fire truck'];
  it('finds each class of the data among those of the model, however it is spelt', () => {
    const labels = ['FIRE_TRUCK', 'ship', 'dog', 'Cat'];
    expect(orderOfLabels(labels, classNames, { source: 'm', classes: 4 })).toEqual({
      map: [3, 2, 0],
      shared: [],
    });
  });

  it('takes numbers as classes of the data', () => {
    const { map } = orderOfLabels([2, 0, 1], classNames, { source: 'm', classes: 3 });
    expect(map).toEqual([1, 2, 0]);
  });

  it(
    'is refused when a class is missing, when one is there twice, and for another number ' + 'of classes',
    async () => {
      const refused = (labels: (string | number)[], classes = labels.length) =>
        dataOf('data-mismatch', () => orderOfLabels(labels, classNames, { source: 'm.onnx', classes }));
      expect(await refused(['cat', 'ship'])).toEqual({
        what: 'labels of m.onnx',
        expected: 'each class of the data once (Dog, fire truck)',
        received: 'cat, ship',
      });
      expect((await refused([0, 1, 0, 2])).expected).toBe('each class of the data once (cat)');
      expect(await refused(['cat'], 3)).toMatchObject({
        expected: 'one for each of its 3 classes',
        received: '1',
      });
    },
  );
});

describe('names that several classes of the model have', () => {
  const labels = ['crane', 'owl', 'Crane'];

  it('are those of as many classes of the data, in order', () => {
    const model = { source: 'm', classes: 3 };
    expect(orderOfLabels(labels, ['crane', 'crane', 'owl'], model)).toEqual({ map: [0, 2, 1], shared: [] });
  });

  it('are decided by what is predicted for the class', () => {
    const order = orderOfLabels(labels, ['owl', 'crane'], { source: 'm', classes: 3 });
    expect(order).toEqual({ map: [1, 0], shared: [{ class: 1, places: [0, 2] }] });
    expect(withSharedNames(order, [1, 1, 1, 0], [2, 2, 0, 0])).toEqual([1, 2]);
    expect(withSharedNames(order, [1, 1, 1, 0], [-1, -1, -1, -1])).toEqual([1, 0]);
  });

  it('do not matter where the data have no such class', () => {
    expect(orderOfLabels(labels, ['owl'], { source: 'm', classes: 3 })).toEqual({ map: [1], shared: [] });
  });

  it('are missed where the data have more', async () => {
    const { expected } = await dataOf('data-mismatch', () =>
      orderOfLabels(['crane', 'owl', 'heron'], ['crane', 'crane', 'owl'], { source: 'm', classes: 3 }),
    );
    expect(expected).toBe('each class of the data once (crane, crane)');
  });
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
