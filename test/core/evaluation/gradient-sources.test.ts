import { describe, expect, it } from 'vitest';
import { sourceKey, sourcesFor, UNDEFENDED } from '../../../src/core/evaluation/gradient-sources.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { classifierOf, largestDifference, uniform } from '../../support/classifiers.js';
import { datasetOf, type SubjectOptions, subjectOf } from '../../support/subjects.js';

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
    expect(sources.map(({ name }) => name)).toEqual([
      'another architecture',
      'another order of classes',
      'the same once more',
    ]);
    expect(sources[0]!.classifier).toBe(all[0]);
    expect(sourcesFor(all[3]!, all)).toEqual([]);
  });

  it('has the classes of every model in the order of the data', async () => {
    // Class k of the data is class mapA[k] of one model and mapB[k] of the other; one class of
    // theirs is none of the data's.
    const [mapA, mapB] = [
      [2, 0, 3],
      [3, 1, 0],
    ];
    const a = await make('1x4x4-4', { id: 'a', labelMap: mapA });
    const b = await make('1x4x4-F5-4', { id: 'b', labelMap: mapB });
    const plain = await classifierOf(buildModel('1x4x4-F5-4'));
    const [source] = sourcesFor(a, [a, b]);
    const { images } = small.test.batch([0, 1, 2, 3, 4, 5]);
    const [own, ordered] = [await plain.logits(images), await source!.classifier.logits(images)];
    const row = (logits: typeof own, classes: readonly number[]) => classes.map((k) => logits.data[k]);
    expect(row(ordered, [0, 1, 2, 3])).toEqual(row(own, [...mapB, 2]));
    // The gradient of the same class of the data is the same.
    const labels = [0, 1, 2, 0, 1, 2];
    const objective = objectives['cross-entropy']!;
    const wanted = await plain.gradient(
      images,
      objective,
      labels.map((k) => mapB[k]!),
    );
    const found = await source!.classifier.gradient(images, objective, labels);
    expect(largestDifference(found.gradient.data, wanted.gradient.data)).toBeLessThan(1e-6);
    expect(Math.max(...found.gradient.data.map(Math.abs))).toBeGreaterThan(1e-3);
    const otherwise = await make('1x4x4-F5-4', { id: 'b', labelMap: [0, 1, 2] });
    expect(sourceKey(source!)).not.toBe(sourceKey({ ...source!, model: otherwise }));
    for (const model of [a, b, plain]) await model.release();
  });

  it('begins with the model itself without its defences, where it has some', async () => {
    const subject = await make('1x4x4-3', { undefended: buildModel('1x4x4-3') });
    const other = await make('1x4x4-3', { id: 'other' });
    expect(sourcesFor(subject, [subject])).toEqual([{ name: UNDEFENDED, classifier: subject.undefended }]);
    expect(sourcesFor(subject, [subject, other]).map(({ name }) => name)).toEqual([UNDEFENDED, 'other']);
    expect(sourcesFor(other, [subject, other]).map(({ name }) => name)).toEqual(['model']);
  });
});
