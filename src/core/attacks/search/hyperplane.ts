import { type Bounds, limitsOf } from '../harness/bounds.js';
import { lengthOf, type MovingNorm } from '../harness/norms.js';

/** The dual norm of a slope: by how much a function can change for one unit of the norm. */
export const dualSize = (slope: Float32Array, norm: MovingNorm): number => lengthOf(slope, DUAL[norm]);

const DUAL = { Linf: 'L1', L2: 'L2', L1: 'Linf' } as const;

/**
 * The smallest move, in the norm, from x onto the hyperplane where a linear function is zero, inside the box
 * (Croce and Hein 2020, Eq. 5: `min ||z - x||_p` with `<w, z> + b = 0`, `low <= z <= high`), solved exactly.
 * Where the box does not reach the hyperplane, the move goes to the corner that comes nearest to it.
 *
 * Every element moves against the function's sign, as far as its slack. In L2 and Linf it moves by
 * `min(t * k_i, slack_i)` with `k = |w|` and `k = 1`: the change of the function is concave and piecewise
 * linear in t, so that Newton's method from t = 0, which stops where no slack ends, finds t after finitely
 * many steps. In L1 the steepest elements are used up one after another.
 *
 * @param value the function at x
 * @param slope w, its gradient
 */
export function moveToHyperplane(
  x: Float32Array,
  value: number,
  slope: Float32Array,
  norm: MovingNorm,
  bounds: Bounds,
): Float64Array {
  const { low, high } = limitsOf(bounds, x.length);
  const move = new Float64Array(x.length);
  const directionOf = (i: number) => -Math.sign(value) * Math.sign(slope[i]!);
  const slackOf = (i: number) => Math.max(0, directionOf(i) > 0 ? high[i]! - x[i]! : x[i]! - low[i]!);
  const elements: number[] = [];
  for (let i = 0; i < x.length; i++) if (slope[i] !== 0) elements.push(i);
  let rest = Math.abs(value);
  if (rest === 0) return move;

  if (norm === 'L1') {
    elements.sort((a, b) => Math.abs(slope[b]!) - Math.abs(slope[a]!) || a - b);
    for (const i of elements) {
      const size = Math.min(slackOf(i), rest / Math.abs(slope[i]!));
      move[i] = directionOf(i) * size;
      rest -= size * Math.abs(slope[i]!);
      if (rest <= 0) break;
    }
    return move;
  }

  const speed = (i: number) => (norm === 'L2' ? Math.abs(slope[i]!) : 1);
  let free = elements;
  for (;;) {
    let gain = 0;
    for (const i of free) gain += speed(i) * Math.abs(slope[i]!);
    const t = gain > 0 ? rest / gain : 0;
    const still: number[] = [];
    for (const i of free) {
      const slack = slackOf(i);
      if (t * speed(i) < slack) still.push(i);
      else {
        move[i] = directionOf(i) * slack;
        rest -= slack * Math.abs(slope[i]!);
      }
    }
    if (still.length === free.length || still.length === 0) {
      for (const i of still) move[i] = directionOf(i) * t * speed(i);
      return move;
    }
    free = still;
  }
}
