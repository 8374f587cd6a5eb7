import type { Random } from '../../base/random.js';
import { type Bounds, limitsOf } from './bounds.js';

/**
 * Points have the elements of one input; a step is computed in double precision
 * before it is stored in single.
 */
type Point = Float32Array;
type Step = Float64Array;

/** What an iterative attack has to know of a norm, for one input. */
export interface Ball {
  /** A draw from the uniform distribution over the ball of radius 1. */
  draw(width: number, random: Random): Step;
  /**
   * Adds to `y` the steepest ascent of the given length in this norm: sign(g) in Linf, g / ||g|| in L2, few
   * elements in L1. Nothing where the slope is exactly zero, which is never divided by its own size.
   *
   * @param bounds where `y` is before the step; in Linf and L2 the step may leave them
   */
  ascend(y: Step, slope: Point | Step, length: number, bounds: Bounds): void;
  /**
   * Moves `y` to the nearest point (in L2) of the intersection of ball and bounds; the
   * centre is inside the bounds.
   */
  project(y: Step, centre: Point, radius: number, bounds: Bounds): void;
}

export const linfBall: Ball = {
  draw: (width, random) => Float64Array.from({ length: width }, () => 2 * random.uniform() - 1),
  ascend(y, slope, length) {
    for (let i = 0; i < y.length; i++) y[i]! += length * Math.sign(slope[i]!);
  },
  project(y, centre, radius, bounds) {
    const { low, high } = limitsOf(bounds, y.length);
    for (let i = 0; i < y.length; i++) {
      const x = centre[i]!;
      y[i] = Math.min(Math.max(y[i]!, low[i]!, x - radius), high[i]!, x + radius);
    }
  },
};

export const l2Ball: Ball = {
  draw(width, random) {
    const direction = Float64Array.from({ length: width }, () => random.normal());
    const length = random.uniform() ** (1 / width) / Math.sqrt(squares(direction));
    return direction.map((value) => value * length);
  },
  ascend(y, slope, length) {
    const size = Math.sqrt(squares(slope));
    if (size === 0) return;
    for (let i = 0; i < y.length; i++) y[i]! += (length / size) * slope[i]!;
  },
  /**
   * The nearest point is `clip(x + s (y - x))` for one s in [0, 1] (its Lagrange conditions).
   * The squared size is concave and piecewise linear in s^2, so Newton's method comes from below
   * and ends in a few rounds.
   */
  project(y, centre, radius, bounds) {
    const { low, high } = limitsOf(bounds, y.length);
    const slack = (i: number) => (y[i]! > centre[i]! ? high[i]! - centre[i]! : centre[i]! - low[i]!);
    let share = 0;
    for (let round = 0; round < 60; round++) {
      let [fixed, free] = [0, 0];
      const s = round === 0 ? 1 : Math.sqrt(share);
      for (let i = 0; i < y.length; i++) {
        const move = Math.abs(y[i]! - centre[i]!);
        const most = slack(i);
        if (s * move >= most) fixed += most * most;
        else free += move * move;
      }
      if (round === 0) {
        if (fixed + free <= radius * radius) {
          share = 1;
          break;
        }
        let whole = 0;
        for (let i = 0; i < y.length; i++) whole += (y[i]! - centre[i]!) ** 2;
        share = (radius * radius) / whole;
        continue;
      }
      const next = free > 0 ? (radius * radius - fixed) / free : share;
      if (next <= share * (1 + 1e-12)) break;
      share = Math.min(1, next);
    }
    const s = Math.sqrt(share);
    for (let i = 0; i < y.length; i++) {
      const x = centre[i]!;
      y[i] = Math.min(high[i]!, Math.max(low[i]!, x + s * (y[i]! - x)));
    }
  },
};

/**
 * Steps move few elements, those with the steepest gradients, all equally far (Tramer and Boneh 2019, SLIDE).
 * What a bound cuts off goes to the next steepest ones: an element that the projection took a little from
 * must not cost a whole step to fill again.
 *
 * @param density share of the elements that a step moves; at least one
 */
export const l1Ball = (density: number): Ball => ({
  // The first d of d + 1 exponentials over the sum of all are uniform in the simplex.
  draw(width, random) {
    const parts = Float64Array.from({ length: width + 1 }, () => -Math.log(1 - random.uniform()));
    const total = parts.reduce((sum, part) => sum + part, 0);
    return parts.subarray(0, width).map((part) => ((random.uniform() < 0.5 ? -1 : 1) * part) / total);
  },
  ascend(y, slope, length, bounds) {
    const { low, high } = limitsOf(bounds, y.length);
    const most = length / Math.max(1, Math.round(density * y.length));
    const slack = (i: number) => Math.min(most, slope[i]! > 0 ? high[i]! - y[i]! : y[i]! - low[i]!);
    const steepness = new Float64Array(y.length);
    for (let i = 0; i < y.length; i++) steepness[i] = slack(i) > 0 ? Math.abs(slope[i]!) : 0;
    let left = length;
    for (const i of steepestUntil(
      steepness,
      (found) => found.reduce((sum, k) => sum + slack(k), 0) >= length,
    )) {
      const move = Math.min(left, slack(i));
      y[i]! += move * Math.sign(slope[i]!);
      left -= move;
    }
  },
  /**
   * The nearest point moves each element towards the centre by one threshold and then into the bounds (Croce
   * and Hein 2021, "Mind the Box", Proposition 2.1). What is left of the size falls with the threshold and is
   * piecewise linear: Newton's method, kept inside a bracket.
   */
  project(y, centre, radius, bounds) {
    const { low, high } = limitsOf(bounds, y.length);
    const move = new Float64Array(y.length);
    const most = new Float64Array(y.length);
    let [below, above] = [0, 0];
    for (let i = 0; i < y.length; i++) {
      const x = centre[i]!;
      move[i] = Math.abs(y[i]! - x);
      most[i] = y[i]! > x ? high[i]! - x : x - low[i]!;
      above = Math.max(above, move[i]!);
    }
    let threshold = 0;
    for (let round = 0; round < 100; round++) {
      let [size, moving] = [0, 0];
      for (let i = 0; i < y.length; i++) {
        const now = move[i]! - threshold;
        if (now <= 0) continue;
        if (now < most[i]!) moving += 1;
        size += Math.min(now, most[i]!);
      }
      const excess = size - radius;
      if (excess <= 0 && (threshold === 0 || excess >= -1e-12 * radius)) break;
      if (excess > 0) below = threshold;
      else above = threshold;
      const newton = threshold + excess / moving;
      const next = newton > below && newton < above ? newton : (below + above) / 2;
      if (next === threshold) break;
      threshold = next;
    }
    for (let i = 0; i < y.length; i++) {
      const now = Math.min(Math.max(move[i]! - threshold, 0), most[i]!);
      y[i] = y[i]! > centre[i]! ? centre[i]! + now : centre[i]! - now;
    }
  },
});

const squares = (values: Point | Step): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
};

/**
 * Positions by falling steepness, without those of zero; the first among equals first. At least as many as it
 * takes to be enough, not all: sorting by a comparison is slow.
 */
function steepestUntil(steepness: Step, isEnough: (found: readonly number[]) => boolean): number[] {
  const sorted = steepness.slice().sort();
  for (let count = 16; ; count *= 4) {
    const least = sorted[sorted.length - count] ?? 0;
    const found: number[] = [];
    for (let i = 0; i < steepness.length; i++) if (steepness[i]! > 0 && steepness[i]! >= least) found.push(i);
    if (count < sorted.length && !isEnough(found)) continue;
    return found.sort((a, b) => steepness[b]! - steepness[a]! || a - b);
  }
}
