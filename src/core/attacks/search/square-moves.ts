import type { Random } from '../../base/random.js';
import { type Bounds, clipAt } from '../harness/bounds.js';

/** An input as channels, rows and columns; a vector is one row. */
export interface Plane {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/**
 * What a move is made of: the original, where the search is, how far it may go, and the
 * window's share of the area.
 */
export interface Move {
  readonly plane: Plane;
  readonly original: Float32Array;
  readonly current: Float32Array;
  readonly epsilon: number;
  readonly share: number;
  readonly bounds: Bounds;
  readonly random: Random;
}

/** How the Square attack starts and goes on in one norm. */
export interface Moves {
  start(move: Move): Float32Array;
  next(move: Move): Float32Array;
}

const signOf = (random: Random) => (random.uniform() < 0.5 ? -1 : 1);

/** Sides of a window of this share of the area: a square, or as near to one as the input allows. */
function sidesOf({ height, width }: Plane, share: number, odd = false): [number, number] {
  const whole = (side: number, most: number, least: number) => {
    const rounded = Math.max(Math.round(side), Math.min(least, most));
    return Math.min(odd && rounded % 2 === 0 ? rounded + 1 : rounded, most);
  };
  const least = odd ? 3 : 1;
  const down = whole(Math.sqrt(share * height * width), height, least);
  return [down, whole((share * height * width) / down, width, least)];
}

/**
 * Linf (Algorithm 2): starts from vertical stripes of plus and minus epsilon, then sets a random square to
 * plus or minus epsilon, with one sign for each channel. Every element so stays at a corner of the ball, as
 * far as the bounds let it.
 */
export const squares: Moves = {
  start({ plane: { channels, height, width }, original, epsilon, bounds, random }) {
    const result = original.slice();
    for (let c = 0; c < channels; c++) {
      for (let column = 0; column < width; column++) {
        const change = epsilon * signOf(random);
        for (let row = 0; row < height; row++) {
          const i = (c * height + row) * width + column;
          result[i] = clipAt(original[i]! + change, bounds, i);
        }
      }
    }
    return result;
  },
  next({ plane, original, current, epsilon, share, bounds, random }) {
    const { channels, height, width } = plane;
    const [down, across] = sidesOf(plane, share);
    const result = current.slice();
    // A square that is as it was would waste a query; where nothing can change, it is asked all the same.
    for (let tries = 0, changed = false; tries < 100 && !changed; tries++) {
      const [top, left] = [random.integer(height - down + 1), random.integer(width - across + 1)];
      for (let c = 0; c < channels; c++) {
        const change = epsilon * signOf(random);
        for (let row = top; row < top + down; row++) {
          for (let column = left; column < left + across; column++) {
            const i = (c * height + row) * width + column;
            result[i] = clipAt(original[i]! + change, bounds, i);
            if (result[i] !== current[i]) changed = true;
          }
        }
      }
    }
    return result;
  },
};

/**
 * Eq. 2 and what follows it: two pyramids side by side, one up and one down, as a window of rows and columns;
 * the direction in which they lie is random where the window is a square.
 */
function pyramids(down: number, across: number, random: Random): Float64Array {
  const lying = down === across ? random.uniform() < 0.5 : across > down;
  const [long, short] = lying ? [across, down] : [down, across];
  const first = Math.floor(long / 2);
  const result = new Float64Array(down * across);
  const fill = (start: number, length: number, sign: number) => {
    const values = pyramid(length, short);
    for (let r = 0; r < length; r++) {
      for (let s = 0; s < short; s++) {
        result[lying ? s * across + start + r : (start + r) * across + s] = sign * values[r * short + s]!;
      }
    }
  };
  if (first > 0) fill(0, first, 1);
  fill(first, long - first, -1);
  return result;
}

/** Eq. 2: highest in the middle, falling off with the distance from it. */
function pyramid(rows: number, columns: number): Float64Array {
  const n = Math.floor(Math.max(rows, columns) / 2);
  const [middle, centre] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  return Float64Array.from({ length: rows * columns }, (_, i) => {
    const [r, s] = [Math.floor(i / columns), i % columns];
    const last = n - Math.max(Math.abs(r - middle), Math.abs(s - centre));
    let sum = 0;
    for (let k = 0; k <= last; k++) sum += 1 / (n + 1 - k) ** 2;
    return sum;
  });
}

const lengthAt = (values: Float64Array, at: Iterable<number>) => {
  let sum = 0;
  for (const i of at) sum += values[i]! ** 2;
  return Math.sqrt(sum);
};

/** The original plus a change, cut to the bounds. */
const changedBy = (original: Float32Array, change: Float64Array, bounds: Move['bounds']): Float32Array =>
  original.map((x, i) => clipAt(x + change[i]!, bounds, i));

function* windowOf({ height, width }: Plane, c: number, [top, left]: number[], [down, across]: number[]) {
  for (let row = top!; row < top! + down!; row++) {
    for (let column = left!; column < left! + across!; column++) yield (c * height + row) * width + column;
  }
}

/** Tiles on each side of the grid that the search in L2 starts from. */
const TILES = 5;

/**
 * L2 (Algorithm 3): starts from a grid of 5 x 5 pairs of pyramids; then takes what a random window has used
 * of the budget, and what nothing has used, and adds it to another window in the shape of a pair of pyramids.
 */
export const pyramidWindows: Moves = {
  start({ plane, original, epsilon, bounds, random }) {
    const change = new Float64Array(original.length);
    const [down, across] = [plane.height, plane.width].map((side) => Math.max(1, Math.floor(side / TILES)));
    for (let top = 0; top + down! <= plane.height; top += down!) {
      for (let left = 0; left + across! <= plane.width; left += across!) {
        const shape = pyramids(down!, across!, random);
        for (let c = 0; c < plane.channels; c++) {
          const sign = signOf(random);
          let k = 0;
          for (const i of windowOf(plane, c, [top, left], [down!, across!])) change[i] = sign * shape[k++]!;
        }
      }
    }
    const length = lengthAt(change, change.keys());
    const scaled = change.map((value) => (value / length) * epsilon);
    return changedBy(original, scaled, bounds);
  },
  next({ plane, original, current, epsilon, share, bounds, random }) {
    const { channels, height, width } = plane;
    const sides = sidesOf(plane, share, true);
    const corner = () => [random.integer(height - sides[0] + 1), random.integer(width - sides[1] + 1)];
    const [to, from] = [corner(), corner()];
    const change = Float64Array.from(current, (x, i) => x - original[i]!);
    const unused = Math.max(0, epsilon ** 2 - lengthAt(change, change.keys()) ** 2);
    const shape = pyramids(sides[0], sides[1], random);
    const height2 = lengthAt(shape, shape.keys());
    for (let c = 0; c < channels; c++) {
      const [target, source] = [[...windowOf(plane, c, to, sides)], [...windowOf(plane, c, from, sides)]];
      const used = lengthAt(change, target);
      const available = Math.sqrt(lengthAt(change, new Set([...target, ...source])) ** 2 + unused / channels);
      const sign = signOf(random);
      const mixed = target.map((i, k) => (sign * shape[k]!) / height2 + (used > 0 ? change[i]! / used : 0));
      const size = Math.hypot(...mixed);
      for (const i of source) change[i] = 0;
      target.forEach((i, k) => {
        change[i] = size > 0 ? (mixed[k]! / size) * available : 0;
      });
    }
    // No longer than epsilon by construction: what a window gains, another window or nothing had.
    return changedBy(original, change, bounds);
  },
};
