import { describe, expect, it } from 'vitest';
import { rate } from '../../../src/core/base/statistics.js';
import type { Trial } from '../../../src/core/evaluation/evidence.js';
import { robustCurve } from '../../../src/core/evaluation/robust-curve.js';
import { EPSILON, evidenceOf, hits, trialOf } from '../../support/evidence.js';

const epsilons = [EPSILON / 2, EPSILON, 2 * EPSILON];
const swept = (role: Trial['role'], ...counts: number[]): Trial =>
  trialOf(role, 'apgd cross-entropy', 0, {
    budgets: epsilons,
    fooledAt: counts.map((count) => hits(count)),
  });
const square = (count: number) => trialOf('gradient-free', 'square', count);
const curve = (...trials: Trial[]) => robustCurve(evidenceOf(trials, { correct: hits(90) }), epsilons);

describe('robustCurve', () => {
  it('counts at each epsilon what was fooled there or below it', () => {
    expect(curve(swept('iterative', 20, 50, 90), square(52))).toEqual([
      { epsilon: EPSILON / 2, robustAccuracy: rate(70, 100) },
      { epsilon: EPSILON, robustAccuracy: rate(38, 100) },
      { epsilon: 2 * EPSILON, robustAccuracy: rate(0, 100) },
    ]);
  });

  it('has no point where no strong attack was tried', () => {
    const only = [{ epsilon: EPSILON, robustAccuracy: rate(30, 100) }];
    expect(curve(square(60))).toEqual(only);
    // One step was tried everywhere and finds little.
    expect(curve(square(60), swept('one-step', 10, 59, 60))).toEqual(only);
    expect(curve(trialOf('noise', 'noise', 3))).toEqual([]);
    expect(curve()).toEqual([]);
  });

  it('has no point where the attacks that count were not tried', () => {
    const masked = curve(swept('iterative', 1, 2, 3), square(60));
    expect(masked.map(({ epsilon }) => epsilon)).toEqual([EPSILON]);
    expect(curve(swept('iterative', 1, 56, 60), square(60))).toHaveLength(3);
  });
});
