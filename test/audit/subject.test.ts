import { describe, expect, it } from 'vitest';
import { classOrder, sourcesFor, UNDEFENDED } from '../../src/audit/subject.js';
import { buildModel } from '../../src/models/build.js';
import { classifierOf, uniform } from '../support/classifiers.js';
import { datasetOf, type SubjectOptions, subjectOf } from '../support/subjects.js';

const small = datasetOf(uniform([6, 1, 4, 4], 0, 1, 'small'), [0, 1, 2, 0, 1, 2], 3);
const large = datasetOf(uniform([6, 1, 5, 4], 0, 1, 'large'), [0, 1, 2, 0, 1, 2], 3);
const make = (notation: string, options: SubjectOptions, data = small) =>
  subjectOf(buildModel(notation), data, options);

describe('sourcesFor', () => {
  it('takes every other model of the same images and classes, and none else', async () => {
    const subject = await make('1x4x4-3', { id: 'attacked' });
    const all = [
      await make('1x4x4-F5-3', { id: 'another architecture' }),
      subject,
      await make('1x4x4-3', { id: 'another order of classes', labelMap: [1, 0, 2] }),
      await make('1x5x4-3', { id: 'another size' }, large),
      await make('1x4x4-4', { id: 'more classes' }),
      await make('1x4x4-3', { id: 'the same once more' }),
    ];
    const sources = sourcesFor(subject, all);
    expect(sources.map(({ name }) => name)).toEqual(['another architecture', 'the same once more']);
    expect(sources[0]!.classifier).toBe(all[0]!.classifier);
    expect(sourcesFor(all[2]!, all)).toEqual([]);
  });

  it('begins with the model itself without its defences, where it has some', async () => {
    const undefended = await classifierOf(buildModel('1x4x4-3'));
    const subject = await make('1x4x4-3', { undefended });
    const other = await make('1x4x4-3', { id: 'other' });
    expect(sourcesFor(subject, [subject])).toEqual([{ name: UNDEFENDED, classifier: undefended }]);
    expect(sourcesFor(subject, [subject, other]).map(({ name }) => name)).toEqual([UNDEFENDED, 'other']);
    expect(sourcesFor(other, [subject, other]).map(({ name }) => name)).toEqual(['model']);
  });
});

describe('classOrder', () => {
  it('puts classes of the data first, in their order, then those that they do not have', async () => {
    expect(classOrder(await make('1x4x4-3', {}))).toEqual([0, 1, 2]);
    expect(classOrder(await make('1x4x4-5', { labelMap: [3, 0, 4] }))).toEqual([3, 0, 4, 1, 2]);
  });
});
