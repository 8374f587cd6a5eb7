import type { Tensor } from './tensor.js';

/** A plain loop: `every` would cost more than the check saves. */
export function allFinite(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false;
  return true;
}

/** What no class is: the model gave something that is no number. */
export const NO_CLASS = -1;

/**
 * Index of the largest logit of each row; the first among equals. `NO_CLASS` for a row that holds NaN or plus
 * infinity, or no finite number: comparisons with those choose by their order, not by what the model says.
 */
export function argMax(logits: Tensor<'float32'>): Int32Array {
  const [count = 0, classes = 0] = logits.dims;
  const result = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    let [best, most] = [NO_CLASS, Number.NEGATIVE_INFINITY];
    for (let k = 0; k < classes; k++) {
      const value = logits.data[n * classes + k] ?? Number.NaN;
      if (!(value < Number.POSITIVE_INFINITY)) {
        best = NO_CLASS;
        break;
      }
      if (value > most) [best, most] = [k, value];
    }
    result[n] = best;
  }
  return result;
}

/** The concatenation of the parts; a single part is returned as it is. */
export function concatenate(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
