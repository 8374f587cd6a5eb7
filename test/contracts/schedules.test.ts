import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schedules } from '../../src/training/schedules.js';

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
};

describe.each(Object.entries(schedules))('schedule %s', (name, schedule) => {
  it('describes itself and has values to be compared with', () => {
    expect(schedule.name).toBe(name);
    expect(schedule.help).not.toBe('');
    expect(values[name]).toBeDefined();
  });

  it('has the values of its description', () => {
    for (const [progress, factor] of values[name]!) expect(schedule.factor(progress)).toBeCloseTo(factor, 12);
  });

  it('starts with the full rate, never grows and never changes its sign', () => {
    expect(schedule.factor(0)).toBe(1);
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, (a, b) => {
        const [early, late] = [schedule.factor(Math.min(a, b)), schedule.factor(Math.max(a, b))];
        expect(late).toBeLessThanOrEqual(early);
        expect(late).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
