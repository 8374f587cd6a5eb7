import {
  comparePaired,
  compareRates,
  mcnemar,
  type PairedCounts,
  pairedCounts,
  type Rate,
  rate,
  type Standing,
} from '../../base/statistics.js';
import { prose } from '../../base/text/index.js';
import { MIN_DIFFERENCE, TOLERANCE } from '../evaluation-rule.js';
import { type Evidence, fooledUpTo, inputsOf, type Trial } from '../evidence.js';

/** Two outcomes on the same inputs, those that the evaluation counts. */
export interface Paired {
  readonly a: Rate;
  readonly b: Rate;
  /** Exact McNemar test of whether both fool equally often. */
  readonly p: number;
  /** How the first compares with the second by the rule of the evaluation. */
  readonly standing: Standing;
}

/** Inputs that rates are of. */
export const isCounted = ({ rule, correct }: Evidence, input: number): boolean =>
  rule.inputs === 'all' || correct[input] === 1;

/** Counted inputs whose flag is set. @param flags [inputs] */
export function countedRate(evidence: Evidence, flags: Uint8Array): Rate {
  let [count, total] = [0, 0];
  for (let i = 0; i < flags.length; i++) {
    if (!isCounted(evidence, i)) continue;
    total += 1;
    count += flags[i] ? 1 : 0;
  }
  return rate(count, total);
}

/** Counted inputs that an attack fools at the audited epsilon or below it. */
export const fooled = (evidence: Evidence, trial: Trial): Rate =>
  countedRate(evidence, fooledUpTo(trial, evidence.epsilon));

/**
 * @param a, b [inputs], 1 for fooled; the longer one is cut
 * @param name of the pair, the same whichever finding asks; default: its counts
 */
export function pair(evidence: Evidence, a: Uint8Array, b: Uint8Array, name?: string): Paired {
  const counts = pairedCounts(a, b, (i) => isCounted(evidence, i));
  const total = counts.both + counts.onlyA + counts.onlyB + counts.neither;
  const rates = { a: rate(counts.both + counts.onlyA, total), b: rate(counts.both + counts.onlyB, total) };
  const p = mcnemar(counts.onlyA, counts.onlyB);
  evidence.pairs?.onPair?.(name ?? `${counts.onlyA} ${counts.onlyB} ${counts.both}`, p);
  return { ...rates, p, standing: standingOf(evidence, rates, counts) };
}

const standingOf = (
  { rule, pairs }: Evidence,
  { a, b }: Pick<Paired, 'a' | 'b'>,
  counts: PairedCounts,
): Standing => (rule.differences === 'paired' ? comparePaired(counts, pairs?.level) : compareRates(a, b));

export const pairTrials = (evidence: Evidence, a: Trial, b: Trial): Paired =>
  pair(
    evidence,
    fooledUpTo(a, evidence.epsilon),
    fooledUpTo(b, evidence.epsilon),
    [a.id, b.id].sort().join(' and '),
  );

/** By how much the first fools more often; of nothing, nothing. */
export const difference = ({ a, b }: Pick<Paired, 'a' | 'b'>): number => (a.value ?? 0) - (b.value ?? 0);

/** Whether the first fools notably more often: by five percentage points at least, and not by chance. */
export const isNotable = (paired: Paired): boolean =>
  paired.standing === 'higher' && difference(paired) >= MIN_DIFFERENCE - TOLERANCE;

/** Attacks that follow the model's own gradient within the audited epsilon. */
export const ownGradient = ({ trials }: Evidence): Trial[] =>
  trials.filter(({ role }) => role === 'one-step' || role === 'iterative');

/** The trial that fools most often, the first among equals; undefined when there is none. */
export function strongest<T extends Trial>(evidence: Evidence, trials: readonly T[]): T | undefined {
  let best: { trial: T; value: number } | undefined;
  for (const trial of trials) {
    const value = inputsOf(trial) > 0 ? (fooled(evidence, trial).value ?? -1) : -1;
    if (!best || value > best.value) best = { trial, value };
  }
  return best?.trial;
}

/** Every trial within the audited epsilon, which are those that a verdict rests on. */
export const bounded = ({ trials }: Evidence): Trial[] => trials.filter(({ role }) => role !== 'unbounded');

/** A rate in the sentence of a finding: `12.3 % (123 of 1,000)`. */
export const shareText = (of: Rate): string =>
  of.value === null ? 'none (of no inputs)' : prose.rateText(of, { counts: true, interval: false });

/**
 * A hidden gradient leaves at least this much more robust accuracy than there is: in points, and as a factor.
 */
const [MIN_EXCESS, MIN_EXCESS_FACTOR] = [0.1, 1.5];
/** A model of which an attack leaves less than a third looks robust to no reader. */
const MIN_LOOKS_ROBUST = 1 / 3;

/**
 * Whether someone who only tried an attack that fools so many would think the model robust to some degree.
 */
export const looksRobust = ({ value }: Rate): boolean => value !== null && 1 - value >= MIN_LOOKS_ROBUST;

/** Robust-looking under the second attack, and far from it under the first. */
export const isFar = (paired: Paired): boolean =>
  isNotable(paired) &&
  looksRobust(paired.b) &&
  difference(paired) >= MIN_EXCESS - TOLERANCE &&
  1 - (paired.b.value ?? 0) >= MIN_EXCESS_FACTOR * (1 - (paired.a.value ?? 0));
