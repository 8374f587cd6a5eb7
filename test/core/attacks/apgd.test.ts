import { describe, expect, it } from 'vitest';
import { l2Ball, linfBall } from '../../../src/core/attacks/harness/balls.js';
import { autoPgd, checkpoints } from '../../../src/core/attacks/search/apgd-walk.js';
import { stream } from '../../../src/core/base/random.js';

describe('checkpoints', () => {
  it('are those of the paper', () => {
    expect(checkpoints(100)).toEqual([0, 22, 41, 57, 70, 80, 87, 93, 99]);
    // Rounded up; shares that fall on the same step count once.
    expect(checkpoints(50)).toEqual([0, 11, 21, 29, 35, 40, 44, 47, 50]);
    expect(checkpoints(5)).toEqual([0, 2, 3, 4, 5]);
    expect(checkpoints(1)).toEqual([0, 1]);
  });
});

const options = (radius: number, width = 6, seed = 1) => ({
  centre: Float32Array.from({ length: width }, (_, i) => 0.3 + 0.05 * i),
  radius,
  bounds: [0, 1] as const,
  random: stream(seed, 'apgd'),
});

describe('the length of the steps', () => {
  const slope = Float32Array.of(1, -1, 1, -1, 1, -1);
  /** Lengths, in radii, that the walk has after it heard of each loss of 100. */
  const lengths = (lossOf: (k: number) => number) => {
    const walk = autoPgd(options(0.1), linfBall, 100);
    return Array.from({ length: 100 }, (_, k) => {
      walk.step({ loss: lossOf(k), gradient: slope });
      return walk.stepLength / 0.1;
    });
  };
  /** Positions at which a list changes. */
  const changes = (list: readonly number[]) =>
    list.flatMap((v, k) => (k > 0 && v !== list[k - 1] ? [k] : []));

  it('is twice the radius as long as the loss rises', () => {
    expect(new Set(lengths((k) => k))).toEqual(new Set([2]));
  });

  it('is halved at every checkpoint where fewer than 75 % of the steps raised the loss', () => {
    // The iterate after checkpoint w has the number w + 1.
    const fallen = lengths((k) => -k);
    expect(changes(fallen)).toEqual([23, 42, 58, 71, 81, 88, 94]);
    expect(fallen.at(-1)).toBeCloseTo(2 / 2 ** 7, 12);
  });

  it('depends on the share within each window alone', () => {
    // 22 steps up to the first checkpoint, of which 16.5 have to rise: 17 are enough, 16 are too few.
    const rising = (count: number) => (k: number) =>
      k <= count ? k : k <= 22 ? count - 0.01 * (k - count) : 100 + k;
    expect(changes(lengths(rising(17)))).toEqual([]);
    expect(changes(lengths(rising(16)))).toEqual([23]);
  });

  it('is halved where neither length nor highest loss have changed since the last checkpoint', () => {
    // From 23 on every fourth step falls back to the bottom, and the steps between rise: 75 % and more do,
    // without a new maximum.
    const sawtooth = (k: number) => (k <= 23 ? k : (k - 24) % 4 === 0 ? 0 : ((k - 24) % 4) * 2);
    // At 41 nothing is new since 22; at 57 the length is, at 70 nothing is.
    expect(changes(lengths(sawtooth))).toContain(42);
  });

  it('is halved at most at every second checkpoint by that alone', () => {
    // Rises all the time, from far below what was reached at the first steps.
    const low = (k: number) => (k <= 23 ? 1000 + k : k);
    expect(changes(lengths(low))).toEqual([42, 71, 88]);
  });
});

describe('the steps', () => {
  /** Algorithm 1 of the paper, line by line, on a function of one input. */
  function published(
    f: (x: number[]) => number,
    slope: (x: number[]) => number[],
    start: number[],
    steps: number,
  ) {
    const [radius, { centre }] = [0.2, options(0.2)];
    const clip = (y: number[]) =>
      y.map((v, i) => Math.min(Math.max(v, 0, centre[i]! - radius), 1, centre[i]! + radius));
    const ascend = (x: number[], length: number) =>
      clip(x.map((v, i) => v + length * Math.sign(slope(x)[i]!)));
    const w = [0, 22, 41, 57, 70, 80, 87, 93, 99];
    let eta = 2 * radius;
    const x = [start, ascend(start, eta)];
    let [top, best] = f(x[0]!) >= f(x[1]!) ? [f(x[0]!), x[0]!] : [f(x[1]!), x[1]!];
    const [etas, tops] = [[eta], [top]];
    for (let k = 1; k < steps; k++) {
      const z = ascend(x[k]!, eta);
      etas[k] = eta;
      x[k + 1] = clip(x[k]!.map((v, i) => v + 0.75 * (z[i]! - v) + 0.25 * (v - x[k - 1]![i]!)));
      if (f(x[k + 1]!) > top) [top, best] = [f(x[k + 1]!), x[k + 1]!];
      tops[k] = top;
      const j = w.indexOf(k);
      if (j < 1) continue;
      let risen = 0;
      for (let i = w[j - 1]!; i < k; i++) if (f(x[i + 1]!) > f(x[i]!)) risen += 1;
      if (risen < 0.75 * (k - w[j - 1]!) || (etas[w[j - 1]!] === eta && tops[w[j - 1]!] === top)) {
        eta /= 2;
        x[k + 1] = best;
      }
    }
    return x;
  }

  it('are those of the published algorithm', () => {
    // A narrow ridge, so that long steps overshoot and are halved.
    const peak = [0.36, 0.31, 0.47, 0.52, 0.5, 0.61];
    const f = (x: number[]) => -x.reduce((sum, v, i) => sum + (i + 1) * (v - peak[i]!) ** 2, 0);
    const slope = (x: number[]) => x.map((v, i) => -2 * (i + 1) * (v - peak[i]!));
    const walk = autoPgd(options(0.2), linfBall, 100);
    const wanted = published(f, slope, [...walk.point], 100);
    for (let k = 0; k < 100; k++) {
      const x = [...walk.point];
      // The iterate behind a checkpoint is asked about before the walk goes back to the best one.
      if (!checkpoints(100).includes(k - 1)) {
        x.forEach((v, i) => {
          expect(v, `iterate ${k}`).toBeCloseTo(wanted[k]![i]!, 4);
        });
      }
      walk.step({ loss: f(x), gradient: Float32Array.from(slope(x)) });
    }
    expect(walk.stepLength).toBeLessThan(0.1);
  });

  it.each([
    ['Linf', linfBall],
    ['L2', l2Ball],
  ])('end where there is no slope, and nothing becomes NaN: %s', (_, ball) => {
    const walk = autoPgd(options(0.2), ball, 100);
    const start = walk.point.slice();
    expect(walk.step({ loss: 1, gradient: new Float32Array(6) })).toBe(false);
    expect(walk.point).toEqual(start);
    // On a plateau that it came to it goes on with its momentum, and back to where there was a slope.
    const other = autoPgd(options(0.2), ball, 100);
    expect(other.step({ loss: 1, gradient: Float32Array.of(0, 0, 1, 0, 0, 0) })).toBe(true);
    for (let k = 0; k < 60; k++) expect(other.step({ loss: 0, gradient: new Float32Array(6) })).toBe(true);
    expect(other.point.every(Number.isFinite)).toBe(true);
  });
});
