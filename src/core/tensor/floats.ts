import type { Tensor } from './tensor.js';

/** A plain loop: `every` would cost more than the check saves. */
export function allFinite(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false;
  return true;
}

/** Index of the largest logit of each row; the first among equals. */
export function argMax(logits: Tensor<'float32'>): Int32Array {
  const [count, classes] = logits.dims as [number, number];
  const result = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    let best = 0;
    for (let k = 1; k < classes; k++)
      if (logits.data[n * classes + k]! > logits.data[n * classes + best]!) best = k;
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
