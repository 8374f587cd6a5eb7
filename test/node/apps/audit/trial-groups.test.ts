import { describe, expect, it } from 'vitest';
import { trialGroups } from '../../../../src/node/apps/audit/trial-groups.js';

describe('trialGroups', () => {
  it.each([
    ['a fast model: all in one step', [1, 2, 3], 20, [[0, 1, 2]]],
    ['a slow one: a step for as many as fit', [8, 8, 8, 8, 15], 20, [[0, 1], [2, 3], [4]]],
    ['what is too long for any step stands alone', [1, 50, 1, 1], 20, [[0], [1], [2, 3]]],
    ['nothing to do is a step, too: it asks for the predictions', [], 20, [[]]],
  ])('%s', (_, seconds, most, groups) => {
    expect(trialGroups(seconds, most)).toEqual(groups);
  });
});
