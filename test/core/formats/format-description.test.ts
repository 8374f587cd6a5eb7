import { describe, expect, it } from 'vitest';
import {
  descriptionSchema,
  parseDescription,
  valuesOf,
} from '../../../src/core/formats/format-description.js';
import { rangeValues } from '../../../src/core/formats/index.js';
import { dataOf } from '../../support/errors.js';

describe('a description of a model', () => {
  it('that is wrong is refused with every field that it may hold', () => {
    for (const field of Object.keys(descriptionSchema.shape)) {
      expect(() => parseDescription(undefined, 'm.onnx.json')).toThrow(
        new RegExp(`It may hold .*\\b${field}\\b`),
      );
    }
  });

  it('says what values become of [0, 1]', () => {
    expect(valuesOf({})).toBeUndefined();
    expect(valuesOf({ range: [-1, 1] })).toEqual(rangeValues(-1, 1));
    expect(valuesOf({ range: [0, 255] })).toEqual({ scale: 255, mean: [0], std: [1] });
    expect(valuesOf({ mean: 0.5, std: 0.25 })).toEqual({ scale: 1, mean: [0.5], std: [0.25] });
    expect(valuesOf({ scale: 255, mean: [1, 2, 3] })).toEqual({ scale: 255, mean: [1, 2, 3], std: [1] });
    // (-1 + 2 x - 0.5) / 2
    expect(valuesOf({ range: [-1, 1], mean: 0.5, std: 2 })).toEqual({ scale: 2, mean: [1.5], std: [2] });
  });

  it.each<[string, unknown, readonly (string | RegExp)[]]>([
    ['no JSON', undefined, ['it is not JSON in UTF-8']],
    ['another thing', 7, [/expected object/]],
    [
      'a misspelt field, a wrong layout and a word for a number, all at once',
      { labls: [], layout: 'CHW', mean: 'half' },
      [/^layout: /, /^mean: /, 'unknown field "labls"; did you mean "labels"?'],
    ],
    ['zeros', { scale: 0, std: [1, 0] }, ['scale: it is 0', 'std: it holds a 0']],
    ['two scales', { scale: 2, range: [0, 2] }, [/both range and scale/]],
    ['an empty range', { range: [1, 1] }, [/black and white are the same/]],
    ['too many means', { mean: [1, 2, 3, 4, 5] }, [/^mean: /]],
    [
      'labels that are neither names nor numbers',
      { labels: ['a', -1, null] },
      [/^labels\.1: /, /^labels\.2: /],
    ],
  ])('is refused with all that is wrong: %s', async (_, content, expected) => {
    const { problems, path } = await dataOf('bad-description', () =>
      parseDescription(content, 'm.onnx.json'),
    );
    expect(path).toBe('m.onnx.json');
    expect(problems).toHaveLength(expected.length);
    problems.forEach((problem, i) => {
      expect(problem).toMatch(expected[i]!);
    });
  });
});
