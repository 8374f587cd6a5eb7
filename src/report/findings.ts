import { compareRates, type MeanRate, meanRate, type Standing } from '../statistics.js';
import { pairedStanding } from '../studies/comparisons.js';
import type { Rate, Results } from '../studies/results.js';
import {
  attackOn,
  baseline,
  fgsm,
  headlineBudget,
  largestBudget,
  type Model,
  objectivesOf,
  successAt,
  tausOf,
} from './select.js';

/** What attacking the models as trained showed, at one budget and with one objective. */
export interface CompressionFinding {
  readonly budget: number;
  readonly objective: string;
  readonly base: { readonly model: Model; readonly success: Rate };
  /** `effect` compares with `base`, by a paired test where there is one, else by intervals that do not overlap. */
  readonly others: readonly { readonly model: Model; readonly success: Rate; readonly effect: Standing }[];
}

export function compressionFinding(results: Results): CompressionFinding | undefined {
  const budget = headlineBudget(results);
  const objective = objectivesOf(fgsm(results).filter((a) => a.tau === 0))[0];
  const model = baseline(results);
  if (budget === undefined || objective === undefined || !model) return undefined;
  const success = successAt(attackOn(results, model.id, objective, 0), budget);
  if (!success) return undefined;
  const others = results.models.flatMap((other) => {
    const rate = other === model ? undefined : successAt(attackOn(results, other.id, objective, 0), budget);
    if (!rate) return [];
    const paired = pairedStanding(results, other.id, model.id, { objective, budget });
    return [{ model: other, success: rate, effect: paired ?? compareRates(rate, success) }];
  });
  return { budget, objective, base: { model, success }, others };
}

/** Means over all models that were attacked both without inhibition and at the largest tau. */
interface Measured {
  readonly objective: string;
  readonly models: number;
  readonly before: MeanRate;
  readonly after: MeanRate;
  /** Inputs whose whole gradient is exactly zero; undefined when the attack asked for no gradient. */
  readonly zeroBefore: MeanRate | undefined;
  readonly zeroAfter: MeanRate | undefined;
}

/**
 * What one objective shows by itself:
 * - `no-fall`: success does not fall clearly (intervals apart, at least ten percentage points).
 * - `hidden`: it falls, and exact zeros of the gradient or another objective that still works account for at least half
 *   of the fall, clearly. The attacker was blinded; the model did not become robust.
 * - `unexplained`: it falls, and neither accounts for it.
 */
export type ObjectiveVerdict = 'no-fall' | 'hidden' | 'unexplained';

export interface InhibitionEffect extends Measured {
  readonly verdict: ObjectiveVerdict;
  /** Inputs that lost their whole gradient account for at least half of the fall. */
  readonly zerosExplain: boolean;
  /** The objective with which the same attack still succeeds by a clear margin. */
  readonly worksInstead: string | undefined;
}

/** `mixed`: hidden with one objective, unexplained with another. */
export type InhibitionVerdict = 'hidden' | 'mixed' | 'inconclusive' | 'no-effect';

export interface InhibitionFinding {
  readonly budget: number;
  readonly tau: number;
  readonly effects: readonly InhibitionEffect[];
  readonly verdict: InhibitionVerdict;
}

/** A fall smaller than this is not called one. */
const NOTABLE = 0.1;
/** What explains less than this share of the fall does not explain it. */
const MOST = 0.5;

export function inhibitionFinding(results: Results): InhibitionFinding | undefined {
  const budget = largestBudget(results);
  const tau = tausOf(fgsm(results)).at(-1);
  if (budget === undefined || tau === undefined || tau === 0) return undefined;
  const measured = objectivesOf(fgsm(results)).flatMap((objective) => measure(results, objective, tau, budget) ?? []);
  if (measured.length === 0) return undefined;
  const effects = measured.map((m) => judge(m, measured));
  return { budget, tau, effects, verdict: together(effects) };
}

function measure(results: Results, objective: string, tau: number, budget: number): Measured | undefined {
  const pairs = results.models.flatMap(({ id }) => {
    const [first, last] = [attackOn(results, id, objective, 0), attackOn(results, id, objective, tau)];
    const [before, after] = [successAt(first, budget), successAt(last, budget)];
    if (!first || !last || !before || !after) return [];
    return [{ before, after, zeroBefore: first.zeroGradientInputs, zeroAfter: last.zeroGradientInputs }];
  });
  const [before, after] = [meanRate(pairs.map((p) => p.before)), meanRate(pairs.map((p) => p.after))];
  if (!before || !after) return undefined;
  const zeros = (key: 'zeroBefore' | 'zeroAfter'): MeanRate | undefined => {
    const known = pairs.flatMap((p) => p[key] ?? []);
    return known.length === pairs.length ? meanRate(known) : undefined;
  };
  const [zeroBefore, zeroAfter] = [zeros('zeroBefore'), zeros('zeroAfter')];
  return { objective, models: pairs.length, before, after, zeroBefore, zeroAfter };
}

function judge(own: Measured, all: readonly Measured[]): InhibitionEffect {
  const fall = own.before.value - own.after.value;
  if (fall < NOTABLE || compareRates(own.after, own.before) !== 'lower') {
    return { ...own, verdict: 'no-fall', zerosExplain: false, worksInstead: undefined };
  }
  /** Whether a rate is above another clearly and by most of the fall. */
  const explains = (rate: MeanRate | undefined, base: MeanRate | undefined): boolean =>
    rate !== undefined &&
    base !== undefined &&
    compareRates(rate, base) === 'higher' &&
    // Rounding must not decide over a share of exactly one half.
    rate.value - base.value >= MOST * fall - 1e-9;
  const zerosExplain = explains(own.zeroAfter, own.zeroBefore);
  const [working] = all
    .filter((other) => explains(other.after, own.after))
    .sort((a, b) => b.after.value - a.after.value);
  const verdict = zerosExplain || working ? 'hidden' : 'unexplained';
  return { ...own, verdict, zerosExplain, worksInstead: working?.objective };
}

function together(effects: readonly InhibitionEffect[]): InhibitionVerdict {
  const [hidden, unexplained] = ['hidden', 'unexplained'].map((v) => effects.some((e) => e.verdict === v));
  if (hidden) return unexplained ? 'mixed' : 'hidden';
  return unexplained ? 'inconclusive' : 'no-effect';
}
