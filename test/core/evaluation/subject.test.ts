import { describe, expect, it } from 'vitest';
import { classOrder } from '../../../src/core/evaluation/subject.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { uniform } from '../../support/classifiers.js';
import { datasetOf, type SubjectOptions, subjectOf } from '../../support/subjects.js';

const small = datasetOf(uniform([6, 1, 4, 4], 0, 1, 'small'), [0, 1, 2, 0, 1, 2], 3);
const make = (notation: string, options: SubjectOptions) => subjectOf(buildModel(notation), small, options);

describe('classOrder', () => {
  it('puts classes of the data first, in their order, then those that they do not have', async () => {
    expect(classOrder(await make('1x4x4-3', {}))).toEqual([0, 1, 2]);
    expect(classOrder(await make('1x4x4-5', { labelMap: [3, 0, 4] }))).toEqual([3, 0, 4, 1, 2]);
  });
});
