import type { Tensor } from '../../tensor/tensor.js';
import { type Bounds, limitsOf } from './bounds.js';

type Floats = Tensor<'float32'>;

/** How the size of a perturbation is measured. */
export type Norm = 'Linf' | 'L2' | 'L1' | 'L0';
/** Those in which one can go a little further: all but the count of changed elements. */
export type MovingNorm = Exclude<Norm, 'L0'>;

/**
 * Floats are rounded: `x + epsilon` may lie just outside the ball. No model is fooled by that little, so it
 * is cut off without being held against the attack.
 */
export const SLACK = 1e-6;

/** Size of each input's perturbation, [N]. Non-finite elements count as infinitely large. */
export function perturbationSizes(original: Floats, perturbed: Floats, norm: Norm): Float64Array {
  const count = original.dims[0]!;
  const width = original.data.length / count;
  const sizes = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    let total = 0;
    for (let i = n * width; i < (n + 1) * width; i++) {
      const difference = Math.abs(perturbed.data[i]! - original.data[i]!);
      if (Number.isNaN(difference)) total = Number.POSITIVE_INFINITY;
      else if (norm === 'Linf') total = Math.max(total, difference);
      else if (norm === 'L2') total += difference * difference;
      else if (norm === 'L1') total += difference;
      else if (difference > 0) total += 1;
    }
    sizes[n] = norm === 'L2' ? Math.sqrt(total) : total;
  }
  return sizes;
}

/**
 * The harness's own projection of candidates: into the norm ball of the given size around the originals, then
 * into the bounds. What a projection cannot repair (non-finite elements, too many changed elements) goes back
 * to the original, so that it counts as a failed attack.
 *
 * @returns a new tensor; `candidates` stays as it is
 */
export function project(
  original: Floats,
  candidates: Floats,
  norm: Norm,
  size: number,
  bounds: Bounds,
): Floats {
  const result = Float32Array.from(candidates.data);
  const count = original.dims[0]!;
  const width = original.data.length / count;
  const { low, high } = limitsOf(bounds, width);
  for (let i = 0; i < result.length; i++) {
    // NaN fails both comparisons; infinities are clipped like any other number.
    const value = result[i]!;
    const [least, most] = [low[i % width]!, high[i % width]!];
    result[i] = value >= least ? Math.min(value, most) : value < least ? least : original.data[i]!;
  }
  const projected = { ...original, data: result };
  if (norm === 'Linf') {
    for (let i = 0; i < result.length; i++) {
      const x = original.data[i]!;
      if (Math.abs(result[i]! - x) > size)
        result[i] = Math.min(
          Math.max(result[i]!, Math.max(low[i % width]!, x - size)),
          Math.min(high[i % width]!, x + size),
        );
    }
    return projected;
  }
  const sizes = perturbationSizes(original, projected, norm);
  for (let n = 0; n < count; n++) {
    if (sizes[n]! <= size + SLACK) continue;
    const row = [n * width, (n + 1) * width] as const;
    if (norm === 'L2') scaleRow(original, result, row, size / sizes[n]!);
    else if (norm === 'L1') shrinkRow(original, result, row, size);
    else result.set(original.data.subarray(...row), row[0]);
  }
  return projected;
}

function scaleRow(
  original: Floats,
  result: Float32Array,
  [start, end]: readonly [number, number],
  factor: number,
): void {
  for (let i = start; i < end; i++) result[i] = original.data[i]! + (result[i]! - original.data[i]!) * factor;
}

/**
 * Projection onto the L1 ball: soft thresholding with the threshold that meets the size (Duchi et al. 2008).
 */
function shrinkRow(
  original: Floats,
  result: Float32Array,
  [start, end]: readonly [number, number],
  size: number,
): void {
  const magnitudes = Array.from({ length: end - start }, (_, i) =>
    Math.abs(result[start + i]! - original.data[start + i]!),
  );
  const sorted = [...magnitudes].sort((a, b) => b - a);
  let [sum, threshold] = [0, 0];
  for (let k = 0; k < sorted.length; k++) {
    sum += sorted[k]!;
    const candidate = (sum - size) / (k + 1);
    // Strictly: for a ball of size 0 the largest magnitude is its own threshold.
    if (candidate > sorted[k]!) break;
    threshold = candidate;
  }
  magnitudes.forEach((magnitude, i) => {
    const x = original.data[start + i]!;
    const sign = Math.sign(result[start + i]! - x);
    result[start + i] = x + sign * Math.max(0, magnitude - threshold);
  });
}

/** The size of one perturbation, in double precision. */
export function lengthOf(values: ArrayLike<number>, norm: MovingNorm): number {
  let [sum, largest] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    sum += norm === 'L2' ? size * size : size;
    largest = Math.max(largest, size);
  }
  return norm === 'Linf' ? largest : norm === 'L2' ? Math.sqrt(sum) : sum;
}
