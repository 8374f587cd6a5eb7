import type { Tensor } from '../../tensor/tensor.js';

type Floats = Tensor<'float32'>;

/** Logits of two graphs of one model differ by about this much of themselves. */
const ROUNDING = 1e-5;

/**
 * A lead that the graph which judges will confirm, whichever graph it was measured by. Searches for minimal
 * perturbations aim at it: a perturbation that ends in a tie does not fool the model.
 */
export function tieOf(logits: Floats, n: number): number {
  const classes = logits.dims[1]!;
  let largest = 1;
  for (let k = n * classes; k < (n + 1) * classes; k++)
    largest = Math.max(largest, Math.abs(logits.data[k]!));
  return ROUNDING * largest;
}

/** The classes other than `label` by falling logit, at most `count` of them; among equals the first. */
export function likeliestOthers({ data, dims }: Floats, n: number, label: number, count: number): number[] {
  const classes = dims[1]!;
  const z = data.subarray(n * classes, (n + 1) * classes);
  if (count === 1) {
    let best = label === 0 ? 1 : 0;
    for (let k = best + 1; k < classes; k++) if (k !== label && z[k]! > z[best]!) best = k;
    return [best];
  }
  return Array.from(z, (_, k) => k)
    .filter((k) => k !== label)
    .sort((a, b) => z[b]! - z[a]! || a - b)
    .slice(0, count);
}
