import { mcnemar, type Rate, rate } from '../../base/statistics.js';
import { NOTABLE } from '../defence-verdict.js';
import { type Evidence, fooledUpTo, inputsOf, type Trial } from '../evidence.js';

/** Two attacks on the same inputs, those of them that the model classifies correctly. */
export interface Paired {
  readonly a: Rate;
  readonly b: Rate;
  /** Exact McNemar test of whether both fool equally often. */
  readonly p: number;
}

/** More surprising than this, a difference is no accident. Findings look at many pairs, so it is stricter than usual. */
const SURPRISING = 0.01;

/** Correctly classified inputs that an attack fools at the audited epsilon or below it. */
export function fooled(evidence: Evidence, trial: Trial): Rate {
  const hits = fooledUpTo(trial, evidence.epsilon);
  let [count, total] = [0, 0];
  hits.forEach((hit, i) => {
    if (!evidence.correct[i]) return;
    total += 1;
    count += hit;
  });
  return rate(count, total);
}

/** @param a, b [inputs], 1 for fooled; the longer one is cut */
export function pair(evidence: Evidence, a: Uint8Array, b: Uint8Array): Paired {
  const counts = { total: 0, a: 0, b: 0, onlyA: 0, onlyB: 0 };
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (!evidence.correct[i]) continue;
    counts.total += 1;
    counts.a += a[i]!;
    counts.b += b[i]!;
    if (a[i] && !b[i]) counts.onlyA += 1;
    if (b[i] && !a[i]) counts.onlyB += 1;
  }
  const p = mcnemar(counts.onlyA, counts.onlyB);
  return { a: rate(counts.a, counts.total), b: rate(counts.b, counts.total), p };
}

export const pairTrials = (evidence: Evidence, a: Trial, b: Trial): Paired =>
  pair(evidence, fooledUpTo(a, evidence.epsilon), fooledUpTo(b, evidence.epsilon));

/** Whether `a` fools notably more often than `b`: by five percentage points at least, and not by chance. */
export const isNotable = ({ a, b, p }: Paired): boolean =>
  a.value !== null && b.value !== null && a.value - b.value >= NOTABLE - 1e-9 && p < SURPRISING;

/** Attacks that follow the model's own gradient within the audited epsilon. */
export const ownGradient = ({ trials }: Evidence): Trial[] =>
  trials.filter(({ role }) => role === 'one-step' || role === 'iterative');

/** The trial that fools most often, the first among equals; undefined when there is none. */
export function strongest(evidence: Evidence, trials: readonly Trial[]): Trial | undefined {
  let best: { trial: Trial; value: number } | undefined;
  for (const trial of trials) {
    const value = inputsOf(trial) > 0 ? (fooled(evidence, trial).value ?? -1) : -1;
    if (!best || value > best.value) best = { trial, value };
  }
  return best?.trial;
}

/** Every trial within the audited epsilon, which are those that a verdict rests on. */
export const bounded = ({ trials }: Evidence): Trial[] => trials.filter(({ role }) => role !== 'unbounded');

export const percent = ({ value, count, total }: Rate): string =>
  value === null ? 'none (of no inputs)' : `${(100 * value).toFixed(1)} % (${count} of ${total})`;

/** The model must look half as robust again under one attack as under the other, and by ten points. */
const [FAR, RATIO] = [0.1, 1.5];
/** Nobody takes a model for robust of which an attack leaves less than a third. */
const LOOKS_ROBUST = 1 / 3;

/** Whether someone who only tried an attack that fools so many would think the model robust to some degree. */
export const looksRobust = ({ value }: Rate): boolean => value !== null && 1 - value >= LOOKS_ROBUST;

/** Robust-looking under `b`, not under `a`. */
export const isFar = (pair: Paired): boolean =>
  isNotable(pair) &&
  looksRobust(pair.b) &&
  pair.a.value! - pair.b.value! >= FAR - 1e-9 &&
  1 - pair.b.value! >= RATIO * (1 - pair.a.value!);
