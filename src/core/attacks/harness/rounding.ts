import type { Tensor } from '../../tensor/tensor.js';
import { type Bounds, isUniform, limitsOf } from './bounds.js';
import { type Norm, perturbationSizes, SLACK } from './norms.js';

type Floats = Tensor<'float32'>;

/** Values of the grid are stored in single precision, a hair off their level. */
const GRID = 1e-4;

/** The ball and the bounds that candidates are in, and how many steps of an image file lie between the bounds. */
export interface Grid {
  readonly norm: Norm;
  readonly size: number;
  readonly bounds: Bounds;
  readonly steps: number;
}

/** What an image file holds of some images: each element at the nearest of `steps + 1` values between the bounds. */
export function nearestLevels(images: Floats, bounds: Bounds, steps: number): Floats {
  const width = images.data.length / Math.max(1, images.dims[0]!);
  const limits = limitsOf(bounds, width);
  const data = images.data.map((value, i) => {
    const [low, high] = [limits.low[i % width]!, limits.high[i % width]!];
    return low + (Math.round(((value - low) / (high - low)) * steps) / steps) * (high - low);
  });
  return { ...images, data };
}

/**
 * The largest Linf ball within this one whose surface is on the grid: rounding never leaves it. Where elements have bounds of their own
 * there is no such ball; rounding then goes towards the original where it would leave.
 */
export function wholeSteps(size: number, bounds: Bounds, steps: number): number {
  if (!isUniform(bounds)) return size;
  const [low, high] = bounds;
  return (Math.floor((size / (high - low)) * steps + GRID) / steps) * (high - low);
}

/**
 * Candidates as an image file holds them: each changed element at the nearest of `steps + 1` values between the bounds. Where
 * that leaves the ball, elements are rounded towards their original instead: in Linf those that are too far, in the other norms
 * those that had to be moved the most, until the input is inside. Elements that the attack left alone stay as they are, so the
 * result is on the grid if the originals are.
 *
 * @param inside candidates inside ball and bounds, as `project` returns them
 * @returns a new tensor; `inside` stays as it is
 */
export function roundInside(original: Floats, inside: Floats, { norm, size, bounds, steps }: Grid): Floats {
  const width = inside.data.length / Math.max(1, original.dims[0]!);
  const limits = limitsOf(bounds, width);
  const lowOf = (i: number) => limits.low[i % width]!;
  const rangeOf = (i: number) => limits.high[i % width]! - lowOf(i);
  const atLevel = (level: number, i: number) => Math.fround(lowOf(i) + (level / steps) * rangeOf(i));
  const levelOf = (value: number, i: number) => ((value - lowOf(i)) / rangeOf(i)) * steps;
  /** The last value of the grid on the way from a candidate to its original, which it must not pass. */
  const towards = (x: number, value: number, i: number): number => {
    const exact = levelOf(value, i);
    const back = atLevel(value > x ? Math.floor(exact + GRID) : Math.ceil(exact - GRID), i);
    return value > x ? Math.max(back, x) : Math.min(back, x);
  };
  const result = { ...inside, data: Float32Array.from(inside.data) };
  const [x, y, z] = [original.data, inside.data, result.data];
  for (let i = 0; i < z.length; i++) {
    if (y[i] === x[i]) continue;
    z[i] = atLevel(Math.round(levelOf(y[i]!, i)), i);
    if (norm === 'Linf' && Math.abs(z[i]! - x[i]!) > size + SLACK) z[i] = towards(x[i]!, y[i]!, i);
  }
  if (norm === 'Linf' || norm === 'L0') return result;
  perturbationSizes(original, result, norm).forEach((now, n) => {
    if (now <= size + SLACK) return;
    const power = norm === 'L2' ? 2 : 1;
    const share = (value: number, i: number) => Math.abs(value - x[i]!) ** power;
    let excess = now ** power - size ** power;
    const grown = Array.from({ length: width }, (_, k) => n * width + k).filter(
      (i) => share(z[i]!, i) > share(y[i]!, i),
    );
    grown.sort((a, b) => Math.abs(z[b]! - y[b]!) - Math.abs(z[a]! - y[a]!));
    for (const i of grown) {
      if (excess <= 0) break;
      const back = towards(x[i]!, y[i]!, i);
      excess -= share(z[i]!, i) - share(back, i);
      z[i] = back;
    }
  });
  return result;
}
