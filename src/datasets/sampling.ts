import { stream } from '../random.js';
import type { Dataset } from './dataset.js';

/**
 * Positions in the test set: `samples` of them chosen at random, or all in their order when there are no more. The first numbers of a
 * stream of their own, so that every model and attack of one seed meets the same images.
 */
export function sampleTest({ test }: Pick<Dataset, 'test'>, samples: number | 'all', seed: number): Uint32Array {
  return samples === 'all' || samples >= test.count
    ? Uint32Array.from({ length: test.count }, (_, i) => i)
    : stream(seed, 'samples').sample(test.count, samples);
}
