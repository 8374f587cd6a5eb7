import { describe, expect, it } from 'vitest';
import { attacks, outcomeArrays, outcomesCsv, sweep } from '../../../../src/core/attacks/index.js';
import { buildModel } from '../../../../src/core/models/build-model.js';
import { objectives } from '../../../../src/core/models/objectives/index.js';
import { readNpz, writeNpz } from '../../../../src/core/tensor/npz.js';
import { classifierOf, uniform } from '../../../support/classifiers.js';
import { int64 } from '../../../support/toolkit.js';

const budgets = [0.05, 0.3];
const result = {
  clean: Int32Array.of(4, 1, 2),
  smallest: Int32Array.of(1, -1, 0),
  predictions: [Int32Array.of(4, 1, 0), Int32Array.of(3, 1, 0)],
};
const inputs = { indices: Uint32Array.of(7, 20, 3), labels: int64([3], [4, 0, 2]), budgets };

describe('outcomes as CSV', () => {
  it('are one line for each input', () => {
    expect(outcomesCsv(result, { ...inputs, budgetName: 'epsilon' })).toBe(
      [
        'index,label,prediction,smallest_epsilon,prediction_at_0.05,prediction_at_0.3',
        '7,4,4,0.3,4,3',
        '20,0,1,,1,1',
        '3,2,2,0.05,0,0',
        '',
      ].join('\n'),
    );
  });

  it('of nothing are the header, and names of any kind stay in their field', () => {
    const none = { clean: new Int32Array(), smallest: new Int32Array(), predictions: [] };
    const nothing = { indices: [], labels: int64([0], []), budgets: [] };
    expect(outcomesCsv(none, { ...nothing, budgetName: 'a "b", c' })).toBe(
      'index,label,prediction,"smallest_a ""b"", c"\n',
    );
  });
});

describe('outcomes as arrays', () => {
  it('have their types and shapes', () => {
    const arrays = outcomeArrays(result, inputs);
    expect([...arrays].map(([name, { dtype, dims }]) => `${name} ${dtype} [${dims}]`)).toEqual([
      'indices uint32 [3]',
      'labels int64 [3]',
      'clean int32 [3]',
      'smallest int32 [3]',
      'budgets float64 [2]',
      'predictions int32 [2,3]',
    ]);
    expect([...arrays.get('predictions')!.data]).toEqual([4, 1, 0, 3, 1, 0]);
    expect([...arrays.get('budgets')!.data]).toEqual(budgets);
  });

  it('of a sweep survive a file, with the gradients that the attack started from', async () => {
    const classifier = await classifierOf(buildModel('16-F8-3', { seed: 2 }));
    const images = uniform([5, 1, 4, 4], 0, 1, 'outcomes');
    const indices = [9, 8, 7, 6, 5];
    const labels = int64([5], [0, 1, 2, 0, 1]);
    const objective = objectives['cross-entropy'];
    const run = { classifier, objective, images, labels: labels.data };
    const steps = await sweep({ ...run, attack: attacks.fgsm, budgets });
    const back = readNpz(writeNpz(outcomeArrays(steps, { indices, labels, budgets })), {
      source: 'outcomes',
    });
    expect(back.get('mean_absolute_gradient')).toMatchObject({ dtype: 'float64', dims: [5] });
    expect([...back.get('mean_absolute_gradient')!.data]).toEqual([...steps.gradient!.meanAbsolute]);
    expect([...back.get('indices')!.data]).toEqual(indices);
    expect([...back.get('smallest')!.data]).toEqual([...steps.smallest]);
    const elements = await sweep({ ...run, attack: attacks.jsma, budgets: [1, 2] });
    expect(outcomeArrays(elements, { indices, labels, budgets: [1, 2] }).has('mean_absolute_gradient')).toBe(
      false,
    );
    await classifier.release();
  });
});
