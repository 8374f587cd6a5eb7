import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schedules } from '../../src/core/training/schedules.js';

/** [share of training done, factor] by the formula in words. */
const values: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  constant: [
    [0, 1],
    [0.5, 1],
    [1, 1],
  ],
  cosine: [
    [0, 1],
    [1 / 3, 0.75],
    [0.5, 0.5],
    [2 / 3, 0.25],
    [1, 0],
  ],
  linear: [
    [0, 1],
    [0.25, 0.75],
    [1, 0],
  ],
  step: [
    [0, 1],
    [0.499, 1],
    [0.5, 0.1],
    [0.749, 0.1],
    [0.75, 0.01],
    [1, 0.01],
  ],
  'one-cycle': [
    [0, 0.04],
    [0.125, 0.52],
    [0.25, 1],
    [0.625, 0.5],
    [1, 0],
  ],
};

/** Share of the training after which a schedule has reached the full rate; 0 for most. */
const warmUp: Readonly<Record<string, number>> = { 'one-cycle': 0.25 };

describe.each(Object.entries(schedules))('schedule %s', (name, schedule) => {
  it('describes itself and has values to be compared with', () => {
    expect(schedule.name).toBe(name);
    expect(schedule.help).not.toBe('');
    expect(values[name]).toBeDefined();
  });

  it('has the values of its description', () => {
    for (const [progress, factor] of values[name]!) expect(schedule.factor(progress)).toBeCloseTo(factor, 12);
  });

  it('grows to the full rate while it warms up, never again, and never changes its sign', () => {
    const start = warmUp[name] ?? 0;
    expect(schedule.factor(start)).toBe(1);
    const rising = fc.double({ min: 0, max: start, noNaN: true });
    fc.assert(
      fc.property(rising, rising, (a, b) => {
        const [early, late] = [schedule.factor(Math.min(a, b)), schedule.factor(Math.max(a, b))];
        expect(early).toBeGreaterThan(0);
        expect(late).toBeGreaterThanOrEqual(early);
      }),
    );
    const share = fc.double({ min: start, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, (a, b) => {
        const [early, late] = [schedule.factor(Math.min(a, b)), schedule.factor(Math.max(a, b))];
        expect(late).toBeLessThanOrEqual(early);
        expect(late).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
