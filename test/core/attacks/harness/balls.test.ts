import { describe, expect, it } from 'vitest';
import { l1Ball, l2Ball, linfBall } from '../../../../src/core/attacks/harness/balls.js';
import { stream } from '../../../../src/core/base/random.js';

const WIDTH = 20;
const bounds = [0, 1] as const;
const balls = {
  Linf: {
    ball: linfBall,
    size: (d: readonly number[]) => Math.max(...d.map(Math.abs)),
    radii: [0.05, 0.3, 2],
  },
  L2: { ball: l2Ball, size: (d: readonly number[]) => Math.hypot(...d), radii: [0.1, 1, 5] },
  L1: {
    ball: l1Ball(0.2),
    size: (d: readonly number[]) => d.reduce((s, v) => s + Math.abs(v), 0),
    radii: [0.5, 4, 30],
  },
};
const random = stream(1, 'balls');
/** Some elements are at their bounds, as in the black background of a digit. */
const centres = Array.from({ length: 20 }, () =>
  Float32Array.from({ length: WIDTH }, () => Math.min(1, Math.max(0, 1.4 * random.uniform() - 0.2))),
);
const differences = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (value, i) => value - b[i]!);
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.hypot(...differences(a, b));

describe.each(Object.entries(balls))('the ball of %s', (_, { ball, size, radii }) => {
  const farPoints = centres.map((centre) => Float64Array.from(centre, (x) => x + 3 * random.normal()));
  const projected = (y: Float64Array, centre: Float32Array, radius: number) => {
    const copy = y.slice();
    ball.project(copy, centre, radius, bounds);
    return copy;
  };

  it.each(radii)('projects onto ball and bounds, radius %d', (radius) => {
    centres.forEach((centre, n) => {
      const p = projected(farPoints[n]!, centre, radius);
      expect(size(differences(p, centre))).toBeLessThanOrEqual(radius * (1 + 1e-9));
      expect(p.every((value) => value >= 0 && value <= 1)).toBe(true);
      // Twice is once, and what is inside stays exactly where it is.
      expect(distance(projected(p, centre, radius), p)).toBeLessThan(1e-9);
      const inside = Float64Array.from(centre, (x, i) => x + 1e-3 * (p[i]! - x));
      expect(projected(inside, centre, radius)).toEqual(inside);
    });
  });

  it.each(radii)(
    'projects onto the nearest point: no feasible direction leads nearer, radius %d',
    (radius) => {
      const noise = stream(1, 'nearest');
      centres.forEach((centre, n) => {
        const y = farPoints[n]!;
        const p = projected(y, centre, radius);
        for (let trial = 0; trial < 50; trial++) {
          // A feasible point, mostly one near p and on the border; (y - p)(q - p) <= 0 for all of them
          // (projection theorem).
          const shift = noise.uniform() < 0.5 ? 0.05 : 1;
          const q = Float64Array.from(p, (v) => v + shift * noise.normal());
          for (let i = 0; i < WIDTH; i++) q[i] = Math.min(1, Math.max(0, q[i]!));
          const length = size(differences(q, centre));
          const share = Math.min(1, radius / length);
          const feasible = q.map((v, i) => centre[i]! + share * (v - centre[i]!));
          const inner = feasible.reduce((sum, v, i) => sum + (y[i]! - p[i]!) * (v - p[i]!), 0);
          expect(inner).toBeLessThan(1e-7);
        }
      });
    },
  );

  it('draws from all of itself, evenly', () => {
    const draws = Array.from({ length: 4000 }, (_, n) => [...ball.draw(5, stream(2, 'draw', n))]);
    const sizes = draws.map(size);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1 + 1e-12);
    // The share of the volume within half the radius is 2^-5.
    expect(sizes.filter((s) => s < 0.5).length / 4000).toBeCloseTo(1 / 32, 1);
    expect(sizes.filter((s) => s ** 5 < 0.5).length / 4000).toBeCloseTo(0.5, 1);
    for (let i = 0; i < 5; i++) {
      expect(draws.reduce((sum, d) => sum + d[i]!, 0) / 4000).toBeCloseTo(0, 1);
      expect(draws.filter((d) => d[i]! > 0).length / 4000).toBeCloseTo(0.5, 1);
    }
  });

  it('ascends by the length asked for, never against the slope, and not at all without a slope', () => {
    const centre = new Float32Array(WIDTH).fill(0.5);
    const slope = Float32Array.from({ length: WIDTH }, () => random.normal());
    const y = Float64Array.from(centre);
    ball.ascend(y, slope, 0.7, bounds);
    const step = differences(y, centre);
    expect(size(step)).toBeCloseTo(0.7, 9);
    expect(step.every((v, i) => v * slope[i]! >= 0)).toBe(true);
    for (const flat of [new Float32Array(WIDTH), new Float32Array(WIDTH).fill(-0)]) {
      const still = Float64Array.from(centre);
      ball.ascend(still, flat, 0.7, bounds);
      expect(still).toEqual(Float64Array.from(centre));
    }
    // As small as single precision has it; in L1 one of four elements gets its share of the step.
    const faint = Float32Array.from({ length: WIDTH }, (_, i) => (i === 3 ? 2e-45 : 0));
    const moved = Float64Array.from(centre);
    ball.ascend(moved, faint, 0.7, bounds);
    expect(moved[3]! - 0.5).toBeGreaterThan(0.17);
  });
});

describe('directions', () => {
  const at = Float32Array.of(0.5, 1, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5);
  const slope = Float32Array.of(1, 9, -9, -3, 2, 2, 2, 0, 0, 0.5);
  const step = (density: number, length = 0.3) => {
    const y = Float64Array.from(at);
    l1Ball(density).ascend(y, slope, length, bounds);
    return [...y].map((v, i) => Number((v - at[i]!).toFixed(9)));
  };

  it('in L1 are the steepest elements that bounds leave free, the first among equals', () => {
    expect(step(0)).toEqual([0, 0, 0, -0.3, 0, 0, 0, 0, 0, 0]);
    expect(step(0.1)).toEqual(step(0));
    expect(step(0.3)).toEqual([0, 0, 0, -0.1, 0.1, 0.1, 0, 0, 0, 0]);
    // Six have a slope and are free; those without are never moved.
    expect(step(1)).toEqual([0.03, 0, 0, -0.03, 0.03, 0.03, 0.03, 0, 0, 0.03]);
    // What a bound cuts off goes to the next ones.
    expect(step(0, 1.2)).toEqual([0, 0, 0, -0.5, 0.5, 0.2, 0, 0, 0, 0]);
    expect(step(0.2, 1.8)).toEqual([0, 0, 0, -0.5, 0.5, 0.5, 0.3, 0, 0, 0]);
    expect(step(0, 100).map(Math.sign)).toEqual(step(1).map(Math.sign));
  });

  it('in L2 are along the slope, in Linf along its sign', () => {
    const y = new Float64Array(10);
    l2Ball.ascend(y, slope, 2, bounds);
    const size = Math.hypot(...slope);
    y.forEach((v, i) => {
      expect(v).toBeCloseTo((2 * slope[i]!) / size, 12);
    });
    const z = new Float64Array(10);
    linfBall.ascend(z, slope, 2, bounds);
    expect([...z]).toEqual([...slope].map((v) => 2 * Math.sign(v)));
  });
});
