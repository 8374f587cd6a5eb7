import type { Ball } from '../harness/balls.js';
import type { Walk, WalkOptions } from './ascent.js';

/** Where a walk begins: at the original, or anywhere in the ball, then inside the bounds. */
export function startOf(
  { centre, radius, bounds, random }: WalkOptions,
  ball: Ball,
  randomly: boolean,
): Float32Array {
  if (!randomly) return centre.slice();
  const y = ball.draw(centre.length, random);
  for (let i = 0; i < y.length; i++) y[i] = centre[i]! + radius * y[i]!;
  ball.project(y, centre, radius, bounds);
  return Float32Array.from(y);
}

/** What a walk with steps of one length is: `x <- project(x + length * ascent(slope))`. */
export interface SteepestOptions {
  readonly ball: Ball;
  /** In multiples of the radius. */
  readonly stepSize: number;
  readonly randomly: boolean;
  /** Which way to go, given the gradient; default: the gradient itself. */
  readonly slopeOf?: (gradient: Float32Array) => Float32Array | Float64Array;
}

/** Steepest ascent in a norm, with projection onto ball and bounds after each step. */
export function steepestAscent(
  options: WalkOptions,
  { ball, stepSize, randomly, slopeOf }: SteepestOptions,
): Walk {
  const { centre, radius, bounds } = options;
  const point = startOf(options, ball, randomly);
  const y = new Float64Array(point.length);
  return {
    point,
    step({ gradient }) {
      const slope = slopeOf ? slopeOf(gradient) : gradient;
      if (isZero(slope)) return false;
      y.set(point);
      ball.ascend(y, slope, stepSize * radius, bounds);
      ball.project(y, centre, radius, bounds);
      point.set(y);
      return true;
    },
  };
}

export function isZero(values: Float32Array | Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) return false;
  return true;
}
