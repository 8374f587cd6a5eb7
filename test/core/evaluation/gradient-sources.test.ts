import { describe, expect, it } from 'vitest';
import {
  releaseSources,
  sourceKey,
  sourcesFor,
  UNDEFENDED,
} from '../../../src/core/evaluation/gradient-sources.js';
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
    expect(sources[0]!.classifier).toBe(all[0]!.classifier);
    expect(sourcesFor(all[3]!, all)).toEqual([]);
    await releaseSources([sources]);
  });

  it('counts the classes of another model as the attacked one does', async () => {
    // Class k of the data is class mapA[k] of one model and mapB[k] of the other; one class of theirs is none of the data's.
    const [mapA, mapB] = [
      [2, 0, 3],
      [3, 1, 0],
    ];
    const a = await make('1x4x4-4', { id: 'a', labelMap: mapA });
    const b = await make('1x4x4-F5-4', { id: 'b', labelMap: mapB });
    const [source] = sourcesFor(a, [a, b]);
    const { images } = small.test.batch([0, 1, 2, 3, 4, 5]);
    const [plain, counted] = [await b.classifier.logits(images), await source!.classifier.logits(images)];
    const row = (logits: typeof plain, classes: readonly number[]) => classes.map((k) => logits.data[k]);
    expect(row(counted, [...mapA, 1])).toEqual(row(plain, [...mapB, 2]));
    // The gradient of the same class of the data is the same.
    const labelsOf = (map: readonly number[]) => [0, 1, 2, 0, 1, 2].map((k) => map[k]!);
    const objective = objectives['cross-entropy'];
    const wanted = await b.classifier.gradient(images, objective, labelsOf(mapB));
    const found = await source!.classifier.gradient(images, objective, labelsOf(mapA));
    expect(largestDifference(found.gradient.data, wanted.gradient.data)).toBeLessThan(1e-6);
    expect(Math.max(...found.gradient.data.map(Math.abs))).toBeGreaterThan(1e-3);
    expect(sourceKey(source!)).not.toBe(sourceKey({ ...source!, order: [0, 1, 2, 3] }));
    await releaseSources([[source!]]);
  });

  it('frees what was made for them, and nobody else', async () => {
    const a = await make('1x4x4-3', { id: 'a' });
    const all = [
      a,
      await make('1x4x4-3', { id: 'same' }),
      await make('1x4x4-3', { id: 'other', labelMap: [2, 0, 1] }),
    ];
    const sources = sourcesFor(a, all);
    const released: string[] = [];
    for (const { name, classifier } of sources) {
      classifier.release = async () => void released.push(name);
    }
    await releaseSources([sources]);
    expect(released).toEqual(['other']);
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
