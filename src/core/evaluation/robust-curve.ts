import { type Rate, rateOf } from '../base/statistics.js';
import { MIN_DIFFERENCE, TOLERANCE } from './evaluation-rule.js';
import { type Evidence, fooledUpTo, type Role, type Trial } from './evidence.js';
import { countedRate } from './findings/compare-trials.js';

export interface CurvePoint {
  readonly epsilon: number;
  readonly robustAccuracy: Rate;
}

/** Attacks that a point of the curve may rest on; one step and noise find too little. */
const STRONG: ReadonlySet<Role> = new Set<Role>(['iterative', 'gradient-free', 'transfer', 'longer']);

/**
 * Robust accuracy against all attacks together, at the epsilons where they say something: those at which a
 * strong attack was tried, and attacks that leave at the audited epsilon no more than five points above what
 * all leave there. Elsewhere the curve would show what was not tried as robustness: of a model without
 * gradients its clean accuracy, of a masked one what the masked attacks leave.
 */
export function robustCurve(evidence: Evidence, epsilons: readonly number[]): CurvePoint[] {
  const within = evidence.trials.filter(({ role }) => role !== 'unbounded');
  const lost = (trials: readonly Trial[], epsilon: number): Uint8Array => {
    const hit = new Uint8Array(evidence.correct.length);
    for (const trial of trials) {
      fooledUpTo(trial, epsilon).forEach((flag, i) => {
        if (flag) hit[i] = 1;
      });
    }
    return hit;
  };
  const share = (trials: readonly Trial[]) =>
    countedRate(evidence, lost(trials, evidence.epsilon)).value ?? 0;
  const all = share(within);
  return epsilons.flatMap((epsilon) => {
    const tried = within.filter(({ budgets }) => budgets.some((budget) => isSame(budget, epsilon)));
    if (!tried.some(({ role }) => STRONG.has(role))) return [];
    if (all - share(tried) > MIN_DIFFERENCE + TOLERANCE) return [];
    const hit = lost(within, epsilon);
    return [
      { epsilon, robustAccuracy: rateOf(evidence.correct.map((right, i) => (right && !hit[i] ? 1 : 0))) },
    ];
  });
}

/** Budgets come out of multiplications. */
const isSame = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * b;
