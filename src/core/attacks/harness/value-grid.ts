import type { Tensor } from '../../tensor/tensor.js';
import { type Bounds, limitsOf } from './bounds.js';
import { type Norm, SLACK } from './norms.js';
import { nearestLevels, roundInside } from './rounding.js';

type Floats = Tensor<'float32'>;

/** Evenly spaced values that inputs are held to. */
export interface ValueGrid {
  /** Steps from the first value to the last, 255 for 8 bits. */
  readonly steps: number;
  /** Value of the first step, in input units: one for all elements, or one for each channel. */
  readonly low: readonly number[];
  /** Value of the last step. */
  readonly high: readonly number[];
}

/** What image files of 8 bits hold. */
export const FILE_GRID: ValueGrid = { steps: 255, low: [0], high: [1] };

/** The ends of a grid for inputs [C, ...]. */
export function gridEnds({ low, high }: ValueGrid, dims: readonly number[]): Bounds {
  const [first, last] = [low[0], high[0]];
  if (low.length === 1 && high.length === 1 && first !== undefined && last !== undefined)
    return [first, last];
  const width = dims.reduce((product, dim) => product * dim, 1);
  const plane = width / (dims[0] ?? 1);
  const spread = (values: readonly number[]): Floats => ({
    dtype: 'float32',
    dims,
    data: Float32Array.from({ length: width }, (_, i) => values[Math.floor(i / plane)] ?? Number.NaN),
  });
  return [spread(low), spread(high)];
}

/**
 * Candidates with every element at a value of the grid. In Linf each goes to the nearest value inside ball
 * and bounds, and stays where there is none; in the other norms those that the attack changed do, as far as
 * the ball allows (`roundInside`).
 *
 * @param inside candidates inside ball and bounds
 */
export function onGrid(
  originals: Floats,
  inside: Floats,
  { norm, size, bounds }: { readonly norm: Norm; readonly size: number; readonly bounds: Bounds },
  grid: ValueGrid,
): Floats {
  const levels = gridEnds(grid, originals.dims.slice(1));
  const { steps } = grid;
  if (norm !== 'Linf') return roundInside(originals, inside, { norm, size, bounds, levels, steps });
  const width = inside.data.length / Math.max(1, originals.dims[0] ?? 0);
  const [ends, limits] = [limitsOf(levels, width), limitsOf(bounds, width)];
  const data = nearestLevels(inside, { levels, steps, bounds }).data;
  for (let i = 0; i < data.length; i++) {
    const [x, e] = [originals.data[i] ?? 0, i % width];
    const [least, most] = [
      Math.max(limits.low[e] ?? 0, x - size - SLACK),
      Math.min(limits.high[e] ?? 0, x + size + SLACK),
    ];
    const value = data[i] ?? 0;
    if (value >= least && value <= most) continue;
    // One step back towards the original.
    const step = ((ends.high[e] ?? 0) - (ends.low[e] ?? 0)) / steps;
    const back = Math.fround(value + (value > most ? -step : step));
    data[i] = back >= least && back <= most ? back : (inside.data[i] ?? 0);
  }
  return { ...inside, data };
}
