import { describe, expect, it } from 'vitest';
import type { MovingNorm } from '../../../../src/core/attacks/harness/norms.js';
import { dualSize, moveToHyperplane } from '../../../../src/core/attacks/search/hyperplane.js';
import { stream } from '../../../../src/core/base/random.js';
import { distanceInBox, dot, dualLength, lengthIn } from '../../../support/hyperplanes.js';

const norms: MovingNorm[] = ['Linf', 'L2', 'L1'];

describe.each(norms)('the move to a hyperplane in %s', (norm) => {
  it('is feasible and as short as the exact solution, box or no box', () => {
    const random = stream(1, 'hyperplane', norm);
    let [bound, corner] = [0, 0];
    for (let trial = 0; trial < 400; trial++) {
      const width = 1 + random.integer(12);
      const x = Float32Array.from({ length: width }, () =>
        Math.min(1, Math.max(0, 1.4 * random.uniform() - 0.2)),
      );
      const w = Float32Array.from({ length: width }, () => (random.uniform() < 0.2 ? 0 : random.normal()));
      const value = random.normal() * 0.3 * random.integer(8);
      const move = moveToHyperplane(x, value, w, norm, [0, 1]);
      const exact = distanceInBox(norm, x, value, w);
      for (let i = 0; i < width; i++) {
        expect(x[i]! + move[i]!).toBeGreaterThanOrEqual(-1e-12);
        expect(x[i]! + move[i]!).toBeLessThanOrEqual(1 + 1e-12);
        if (w[i] === 0) expect(Math.abs(move[i]!)).toBe(0);
      }
      if (exact === Number.POSITIVE_INFINITY) {
        corner += 1;
        // As far as the box goes.
        const furthest = Float64Array.from(w, (slope, i) =>
          slope === 0 ? 0 : slope * value < 0 ? 1 - x[i]! : -x[i]!,
        );
        furthest.forEach((m, i) => {
          expect(move[i]).toBeCloseTo(m, 12);
        });
        continue;
      }
      expect(dot(w, move) + value).toBeCloseTo(0, 9);
      expect(lengthIn(norm, move)).toBeCloseTo(exact, 9);
      if (exact > (Math.abs(value) / dualLength(norm, w)) * (1 + 1e-9)) bound += 1;
    }
    // Both kinds were among them.
    expect(bound).toBeGreaterThan(30);
    expect(corner).toBeGreaterThan(30);
  });

  it('is nothing where the function is zero or constant', () => {
    const x = Float32Array.of(0.5, 0.5);
    expect([...moveToHyperplane(x, 0, Float32Array.of(1, 2), norm, [0, 1])]).toEqual([0, 0]);
    expect([...moveToHyperplane(x, 1, Float32Array.of(0, 0), norm, [0, 1])]).toEqual([0, 0]);
  });

  it('has no NaN where slopes are as small as numbers get', () => {
    const move = moveToHyperplane(
      Float32Array.of(0.5, 0.25),
      -1,
      Float32Array.of(1e-44, -1e-44),
      norm,
      [0, 1],
    );
    expect([...move]).toEqual([0.5, -0.25]);
  });

  it('is measured against the dual norm', () => {
    expect(dualSize(Float32Array.of(3, -4), norm)).toBe({ Linf: 7, L2: 5, L1: 4 }[norm]);
  });
});
