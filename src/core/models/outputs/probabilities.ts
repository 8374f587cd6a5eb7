import { isToolkitError } from '../../base/errors.js';
import { rows, type Tensor } from '../../tensor/tensor.js';
import type { Judge } from '../judge.js';

/** Images that are looked at. */
const IMAGES = 32;

/** By how much half precision may miss a sum of 1. */
const TOLERANCE = 2e-3;

/**
 * Whether what a model gives are probabilities, though it does not end in a softmax or sigmoid that could be
 * taken off (the mean of several networks, trees, a table): between 0 and 1 for all images, with a sum of 1
 * over the classes. Of one number for two classes the range has to do: as logits such numbers would all mean
 * the same class.
 *
 * @param images [N, ...], of which a few are enough
 */
export async function givesProbabilities(judge: Judge, images: Tensor<'float32'>): Promise<boolean> {
  const { head, single, classes } = judge.shape;
  if (head !== 'logits') return false;
  const some = rows(images, 0, Math.min(IMAGES, images.dims[0] ?? 0));
  try {
    const { data } = await judge.logits(some);
    const isShare = data.every((value) => value >= -TOLERANCE && value <= 1 + TOLERANCE);
    return isShare && (single || sums(data, classes).every((sum) => Math.abs(sum - 1) <= TOLERANCE));
  } catch (error) {
    if (isToolkitError(error, 'not-finite')) return false;
    throw error;
  }
}

const sums = (data: Float32Array, classes: number): number[] =>
  Array.from({ length: data.length / classes }, (_, n) =>
    data.subarray(n * classes, (n + 1) * classes).reduce((sum, value) => sum + value, 0),
  );
