import type { Tensor } from '../../tensor/tensor.js';
import { type Bounds, isUniform, limitsOf } from './bounds.js';
import { type Norm, perturbationSizes, SLACK } from './norms.js';

type Floats = Tensor<'float32'>;

/** Values of the grid are stored in single precision, a little off their level. */
const GRID = 1e-4;

/** What an image file can hold: `steps + 1` evenly spaced values of each element between `levels`. */
export interface Levels {
  /** The bounds of the model, whose ends are black and white. */
  readonly levels: Bounds;
  readonly steps: number;
  /** Where elements have to stay, inside `levels`. */
  readonly bounds: Bounds;
}

/** The ball that candidates are in besides. */
export interface Grid extends Levels {
  readonly norm: Norm;
  readonly size: number;
}

/** From a value of an element to its level and back, for inputs of some width. */
function scaleOf({ levels, steps, bounds }: Levels, width: number) {
  const [ends, limits] = [limitsOf(levels, width), limitsOf(bounds, width)];
  const low = (i: number) => ends.low[i % width]!;
  const range = (i: number) => ends.high[i % width]! - low(i);
  return {
    levelOf: (value: number, i: number) => (range(i) > 0 ? ((value - low(i)) / range(i)) * steps : 0),
    atLevel: (level: number, i: number) => Math.fround(low(i) + (level / steps) * range(i)),
    isAllowed: (value: number, i: number) =>
      value >= limits.low[i % width]! && value <= limits.high[i % width]!,
  };
}

/**
 * What an image file holds of some images: each element at its nearest level, or, where that is out of
 * bounds, at the next one inside; where there is none, as it is.
 */
export function nearestLevels(images: Floats, grid: Levels): Floats {
  const width = images.data.length / Math.max(1, images.dims[0]!);
  const { levelOf, atLevel, isAllowed } = scaleOf(grid, width);
  const data = images.data.map((value, i) => {
    const exact = levelOf(value, i);
    const nearest = Math.round(exact);
    const inside = [nearest, Math.floor(exact), Math.ceil(exact)].find((level) =>
      isAllowed(atLevel(level, i), i),
    );
    return inside === undefined ? value : atLevel(inside, i);
  });
  return { ...images, data };
}

/**
 * The largest Linf ball within this one whose surface is on the grid: rounding never leaves it.
 * Where elements have levels of their own there is no such ball; rounding then goes towards the
 * original where it would leave.
 */
export function wholeSteps(size: number, levels: Bounds, steps: number): number {
  if (!isUniform(levels)) return size;
  const [low, high] = levels;
  return (Math.floor((size / (high - low)) * steps + GRID) / steps) * (high - low);
}

/**
 * Candidates as an image file holds them: each changed element at the nearest of `steps + 1` values between
 * the bounds. Where that leaves ball or bounds, elements are rounded towards their original instead: in Linf
 * those that are too far, in the other norms those that had to be moved the most, until the input is inside.
 * Elements that the attack left alone stay as they are, so the result is on the grid if the originals are.
 *
 * @param inside candidates inside ball and bounds, as `project` returns them
 * @returns a new tensor; `inside` stays as it is
 */
export function roundInside(original: Floats, inside: Floats, grid: Grid): Floats {
  const { norm, size } = grid;
  const width = inside.data.length / Math.max(1, original.dims[0]!);
  const { levelOf, atLevel, isAllowed } = scaleOf(grid, width);
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
    const isFar = norm === 'Linf' && Math.abs(z[i]! - x[i]!) > size + SLACK;
    if (isFar || !isAllowed(z[i]!, i)) z[i] = towards(x[i]!, y[i]!, i);
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
