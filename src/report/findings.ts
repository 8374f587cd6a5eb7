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
  /** `effect` compares with `base`; "unclear" where the intervals overlap. */
  readonly others: readonly {
    readonly model: Model;
    readonly success: Rate;
    readonly effect: 'lower' | 'higher' | 'unclear';
  }[];
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
    return rate ? [{ model: other, success: rate, effect: compare(rate, success) }] : [];
  });
  return { budget, objective, base: { model, success }, others };
}

function compare(rate: Rate, base: Rate): 'lower' | 'higher' | 'unclear' {
  if (rate.high! < base.low!) return 'lower';
  return rate.low! > base.high! ? 'higher' : 'unclear';
}

/** Means over all models that were attacked both without inhibition and at the largest tau. */
export interface InhibitionEffect {
  readonly objective: string;
  readonly models: number;
  readonly before: number;
  readonly after: number;
  readonly zeroBefore: number;
  readonly zeroAfter: number;
}

/**
 * - `hidden`: success falls with one way of computing the loss and not with another, or the inputs without any gradient
 *   account for at least half of the fall. The attacker was blinded; the model did not become robust.
 * - `inconclusive`: success falls for every objective and vanished gradients do not explain it.
 * - `no-effect`: success does not fall by ten percentage points for any objective.
 */
export type InhibitionVerdict = 'hidden' | 'inconclusive' | 'no-effect';

export interface InhibitionFinding {
  readonly budget: number;
  readonly tau: number;
  readonly effects: readonly InhibitionEffect[];
  readonly verdict: InhibitionVerdict;
}

/** A fall smaller than this is not called one. */
const NOTABLE = 0.1;

export function inhibitionFinding(results: Results): InhibitionFinding | undefined {
  const budget = largestBudget(results);
  const tau = tausOf(fgsm(results)).at(-1);
  if (budget === undefined || tau === undefined || tau === 0) return undefined;
  const effects = objectivesOf(fgsm(results)).flatMap((objective) => effectOf(results, objective, tau, budget) ?? []);
  return effects.length === 0 ? undefined : { budget, tau, effects, verdict: judge(effects) };
}

function effectOf(results: Results, objective: string, tau: number, budget: number): InhibitionEffect | undefined {
  const pairs = results.models.flatMap(({ id }) => {
    const [first, last] = [attackOn(results, id, objective, 0), attackOn(results, id, objective, tau)];
    const [before, after] = [successAt(first, budget)?.value, successAt(last, budget)?.value];
    const [zeroBefore, zeroAfter] = [first?.zeroGradientInputs.value, last?.zeroGradientInputs.value];
    if (before == null || after == null || zeroBefore == null || zeroAfter == null) return [];
    return [{ before, after, zeroBefore, zeroAfter }];
  });
  if (pairs.length === 0) return undefined;
  const mean = (key: keyof (typeof pairs)[number]): number =>
    pairs.reduce((sum, pair) => sum + pair[key], 0) / pairs.length;
  return {
    objective,
    models: pairs.length,
    before: mean('before'),
    after: mean('after'),
    zeroBefore: mean('zeroBefore'),
    zeroAfter: mean('zeroAfter'),
  };
}

function judge(effects: readonly InhibitionEffect[]): InhibitionVerdict {
  const fall = (e: InhibitionEffect): number => e.before - e.after;
  const fallen = effects.filter((e) => fall(e) >= NOTABLE);
  if (fallen.length === 0) return 'no-effect';
  if (fallen.length < effects.length) return 'hidden';
  return fallen.every((e) => e.zeroAfter - e.zeroBefore >= fall(e) / 2) ? 'hidden' : 'inconclusive';
}
