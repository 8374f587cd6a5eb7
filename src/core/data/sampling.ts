import { stream } from '../base/random.js';
import type { Dataset } from './dataset.js';

/**
 * Positions in the test set: `samples` of them chosen at random, or all in their order when there are no
 * more. They depend on the seed alone, so that all models and attacks of one seed use the same images.
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
 * The same positions, in a random order even if they are all: for evaluations that may stop early. A file
 * may be sorted by class, so that its first images would not be representative.
 */
export function shuffledTest(
  { test }: Pick<Dataset, 'test'>,
  samples: number | 'all',
  seed: number,
): Uint32Array {
  const count = samples === 'all' ? test.count : Math.min(samples, test.count);
  return stream(seed, 'samples').sample(test.count, count);
}
