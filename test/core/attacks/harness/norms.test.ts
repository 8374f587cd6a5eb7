import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Norm, perturbationSizes, project } from '../../../../src/core/attacks/harness/norms.js';
import { largestDifference, uniform } from '../../../support/classifiers.js';
import { float32 } from '../../../support/toolkit.js';

const norms: readonly Norm[] = ['Linf', 'L2', 'L1', 'L0'];
const bounds = [0, 1] as const;

/** Sizes as the norms are defined, in plain arithmetic. */
const sizes: Record<Norm, (d: readonly number[]) => number> = {
  Linf: (d) => Math.max(0, ...d.map(Math.abs)),
  L2: (d) => Math.hypot(...d),
  L1: (d) => d.reduce((sum, v) => sum + Math.abs(v), 0),
  L0: (d) => d.filter((v) => v !== 0).length,
};

const row = (values: readonly number[]) => float32([1, values.length], values);
const unit = fc.float({ min: 0, max: 1, noNaN: true });
const anything = fc.oneof(
  fc.float({ min: -3, max: 3, noNaN: true }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1, -0, 1e30),
);

/** An original inside the bounds, any candidate, and a budget of the norm. */
const cases = (norm: Norm, candidate = anything) =>
  fc.integer({ min: 1, max: 12 }).chain((width) =>
    fc.record({
      original: fc.array(unit, { minLength: width, maxLength: width }).map(row),
      candidate: fc.array(candidate, { minLength: width, maxLength: width }).map(row),
      size: norm === 'L0' ? fc.integer({ min: 0, max: width }) : fc.float({ min: 0, max: 2, noNaN: true }),
    }),
  );

const difference = (a: { data: Float32Array }, b: { data: Float32Array }) =>
  Array.from(a.data, (v, i) => v - b.data[i]!);
/** Rounding of single precision, for the handful of elements of these cases. */
const HAIR = 2e-6;

describe.each(norms)('projection into the %s ball', (norm) => {
  it('ends inside the ball and the bounds, whatever it starts from', () => {
    fc.assert(
      fc.property(cases(norm), ({ original, candidate, size }) => {
        const before = Float32Array.from(candidate.data);
        const result = project(original, candidate, norm, size, bounds);
        expect(result.data.every((v) => v >= 0 && v <= 1)).toBe(true);
        expect(sizes[norm](difference(result, original))).toBeLessThanOrEqual(size + HAIR);
        expect(result.dims).toEqual(original.dims);
        expect(candidate.data).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it('done twice is done once', () => {
    fc.assert(
      fc.property(cases(norm), ({ original, candidate, size }) => {
        const once = project(original, candidate, norm, size, bounds);
        expect(
          largestDifference(project(original, once, norm, size, bounds).data, once.data),
        ).toBeLessThanOrEqual(HAIR);
      }),
    );
  });

  it('leaves alone what is inside already', () => {
    fc.assert(
      fc.property(cases(norm, unit), ({ original, candidate, size }) => {
        fc.pre(sizes[norm](difference(candidate, original)) <= size);
        expect(project(original, candidate, norm, size, bounds).data).toEqual(candidate.data);
      }),
    );
  });

  it('into a ball of size 0 is the original', () => {
    fc.assert(
      fc.property(cases(norm), ({ original, candidate }) => {
        const result = project(original, candidate, norm, 0, bounds);
        expect(largestDifference(result.data, original.data)).toBeLessThanOrEqual(HAIR);
      }),
    );
  });

  it('treats every input of a batch on its own', () => {
    const [original, candidate] = [uniform([4, 6], 0, 1, 'a'), uniform([4, 6], -1, 2, 'b')];
    const size = norm === 'L0' ? 6 : 0.7;
    const all = project(original, candidate, norm, size, bounds).data;
    for (let n = 0; n < 4; n++) {
      const part = (t: { data: Float32Array }) => row([...t.data.subarray(n * 6, (n + 1) * 6)]);
      expect([...all.subarray(n * 6, (n + 1) * 6)]).toEqual([
        ...project(part(original), part(candidate), norm, size, bounds).data,
      ]);
    }
  });
});

describe('projection', () => {
  it('finds the nearest point of the ball', () => {
    // Any other point of the ball is further from the candidate: sampled for L2 and L1,
    // where it is not obvious.
    const [original, candidate] = [row([0.5, 0.5, 0.5]), row([1, 0.7, 0.5])];
    for (const norm of ['L2', 'L1'] as const) {
      const size = 0.3;
      const result = project(original, candidate, norm, size, bounds);
      const best = Math.hypot(...difference(result, candidate));
      const samples = uniform([3000, 3], -size, size, 'ball');
      for (let n = 0; n < 3000; n++) {
        const d = [...samples.data.subarray(n * 3, n * 3 + 3)];
        if (sizes[norm](d) > size) continue;
        const distance = Math.hypot(...d.map((v, i) => original.data[i]! + v - candidate.data[i]!));
        expect(distance).toBeGreaterThanOrEqual(best - 1e-6);
      }
    }
    expect(
      largestDifference(project(original, candidate, 'L1', 0.3, bounds).data, [0.8, 0.5, 0.5]),
    ).toBeLessThan(HAIR);
    expect(
      largestDifference(project(original, candidate, 'Linf', 0.3, bounds).data, [0.8, 0.7, 0.5]),
    ).toBeLessThan(HAIR);
  });

  it('never gives an attack more elements than it may change: too many count as none', () => {
    const [original, candidate] = [row([0, 0, 0, 0]), row([1, 1, 1, 0])];
    expect([...project(original, candidate, 'L0', 3, bounds).data]).toEqual([1, 1, 1, 0]);
    expect([...project(original, candidate, 'L0', 2, bounds).data]).toEqual([0, 0, 0, 0]);
  });

  it('puts NaN back to the original and clips infinities', () => {
    const [original, candidate] = [
      row([0.2, 0.4, 0.6]),
      row([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
    ];
    expect([...project(original, candidate, 'Linf', 1, bounds).data]).toEqual([Math.fround(0.2), 1, 0]);
  });
});

describe('perturbationSizes', () => {
  it.each(norms)('measures %s', (norm) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(unit, unit), { minLength: 1, maxLength: 9 }), (pairs) => {
        const [a, b] = [row(pairs.map((p) => p[0])), row(pairs.map((p) => p[1]))];
        expect(perturbationSizes(a, b, norm)[0]).toBeCloseTo(sizes[norm](difference(b, a)), 10);
      }),
    );
  });

  it.each(norms)('calls NaN infinitely large in %s', (norm) => {
    expect([...perturbationSizes(row([0, 0, 0]), row([1, Number.NaN, 1]), norm)]).toEqual([
      Number.POSITIVE_INFINITY,
    ]);
  });
});
