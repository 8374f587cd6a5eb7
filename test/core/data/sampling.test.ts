import { expect, it } from 'vitest';
import { splitOf } from '../../../src/core/data/dataset.js';
import { sampleTest, shuffledTest } from '../../../src/core/data/sampling.js';

const test = splitOf({ dims: [1, 1, 1], classes: 2, pixels: new Uint8Array(9), labels: new Uint8Array(9) });

it(
  'samples of a test set: distinct, the same for a seed, and the smaller ones are the beginning of the ' +
    'larger ones',
  () => {
    const four = [...sampleTest({ test }, 4, 1)];
    expect(new Set(four).size).toBe(4);
    expect([...sampleTest({ test }, 4, 1)]).toEqual(four);
    expect([...sampleTest({ test }, 4, 2)]).not.toEqual(four);
    expect([...sampleTest({ test }, 2, 1)]).toEqual(four.slice(0, 2));
    const all = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    for (const samples of ['all', 9, 10] as const) expect([...sampleTest({ test }, samples, 1)]).toEqual(all);
  },
);

it('samples in a random order even if they are all', () => {
  const all = [...shuffledTest({ test }, 'all', 1)];
  expect(all).not.toEqual([...all].sort());
  expect([...all].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect([...shuffledTest({ test }, 10, 1)]).toEqual(all);
  expect([...shuffledTest({ test }, 4, 1)]).toEqual([...sampleTest({ test }, 4, 1)]);
});
