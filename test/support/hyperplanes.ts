/** Minimal norms by other means than the toolkit's: bisection and duality instead of Newton's method. */
import type { MovingNorm } from '../../src/core/attacks/harness/norms.js';

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

export function lengthIn(norm: MovingNorm, v: ArrayLike<number>): number {
  const sizes = Array.from(v, Math.abs);
  if (norm === 'Linf') return Math.max(...sizes);
  return norm === 'L2' ? Math.hypot(...sizes) : sizes.reduce((a, b) => a + b, 0);
}

const DUAL = { Linf: 'L1', L2: 'L2', L1: 'Linf' } as const;
/** The norm of a slope by which a function can change for one unit of the norm. */
export const dualLength = (norm: MovingNorm, v: ArrayLike<number>): number => lengthIn(DUAL[norm], v);

/**
 * Distance from x to where `value + <w, z - x>` is zero, over z in the box; infinite where
 * the box does not reach it.
 */
export function distanceInBox(
  norm: MovingNorm,
  x: ArrayLike<number>,
  value: number,
  w: ArrayLike<number>,
  [low, high]: readonly [number, number] = [0, 1],
): number {
  const need = Math.abs(value);
  if (need === 0) return 0;
  const slopes = Array.from(w, Math.abs);
  const room = Array.from(w, (slope, i) => (slope * value < 0 ? high - x[i]! : x[i]! - low));
  const most = slopes.reduce((sum, a, i) => sum + a * room[i]!, 0);
  if (most < need) return Number.POSITIVE_INFINITY;
  if (norm === 'L1') {
    // Strong duality: max over lambda of lambda * need - sum of room * max(0, lambda * a -
    // 1), attained at some 1 / a.
    const dual = (lambda: number) =>
      lambda * need - slopes.reduce((sum, a, i) => sum + room[i]! * Math.max(0, lambda * a - 1), 0);
    return Math.max(...slopes.filter((a) => a > 0).map((a) => dual(1 / a)));
  }
  const moves = (t: number) =>
    slopes.map((a, i) => (a === 0 ? 0 : Math.min(room[i]!, norm === 'L2' ? t * a : t)));
  let [under, over] = [0, 1];
  while (dot(slopes, moves(over)) < need && over < 1e12) over *= 2;
  for (let round = 0; round < 200; round++) {
    const middle = (under + over) / 2;
    if (dot(slopes, moves(middle)) < need) under = middle;
    else over = middle;
  }
  return lengthIn(norm, moves(over));
}

export interface Linear {
  readonly weights: readonly (readonly number[])[];
  readonly biases: readonly number[];
}

/**
 * Class and smallest perturbation that changes it, of a linear classifier: with the box, or in free space.
 */
export function linearDistance(
  norm: MovingNorm,
  { weights, biases }: Linear,
  x: ArrayLike<number>,
  box: boolean,
) {
  const z = weights.map((w, k) => dot(w, x) + biases[k]!);
  const label = z.indexOf(Math.max(...z));
  const distances = z.flatMap((v, k) => {
    if (k === label) return [];
    const slope = weights[k]!.map((w, i) => w - weights[label]![i]!);
    return [box ? distanceInBox(norm, x, v - z[label]!, slope) : (z[label]! - v) / dualLength(norm, slope)];
  });
  return { label, distance: Math.min(...distances) };
}
