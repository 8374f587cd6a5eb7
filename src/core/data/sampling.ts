import { stream } from '../base/random.js';
import type { Dataset } from './dataset.js';

/**
 * Positions in the test set: `samples` of them chosen at random, or all in their order when there
 * are no more. The first numbers of a stream of their own, so that every model and attack of one
 * seed meets the same images.
 */
export function sampleTest(
  { test }: Pick<Dataset, 'test'>,
  samples: number | 'all',
  seed: number,
): Uint32Array {
  return samples === 'all' || samples >= test.count
    ? Uint32Array.from({ length: test.count }, (_, i) => i)
    : shuffledTest({ test }, samples, seed);
}

/**
 * The same positions, in a random order even if they are all: for who may have to stop anywhere. The images
 * of a file may come class by class, and the first of them then say nothing of the others.
 */
export function shuffledTest(
  { test }: Pick<Dataset, 'test'>,
  samples: number | 'all',
  seed: number,
): Uint32Array {
  const count = samples === 'all' ? test.count : Math.min(samples, test.count);
  return stream(seed, 'samples').sample(test.count, count);
}
