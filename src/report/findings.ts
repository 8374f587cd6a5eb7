import { verdictNames } from '../analysis/masking.js';
import { compareRates, type MeanRate, meanRate, type Standing } from '../statistics.js';
import { pairedStanding } from '../studies/comparisons.js';
import type { Rate, Results } from '../studies/results.js';
import { attackOn, baseline, fgsm, headlineBudget, type Model, objectivesOf, successAt, tausOf } from './select.js';

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
    const at = { attack: 'fgsm', variant: '', objective, budget };
    const paired = pairedStanding(results, other.id, model.id, at);
    return [{ model: other, success: rate, effect: paired ?? compareRates(rate, success) }];
  });
  return { budget, objective, base: { model, success }, others };
}

export type Verdict = Results['verdicts'][number];

/** The verdicts on gradient inhibition under one evaluation of the paper's J, at the largest tau, over all models. */
export interface InhibitionFinding {
  readonly objective: string;
  readonly tau: number;
  readonly budget: number;
  /** One for each model. */
  readonly verdicts: readonly Verdict[];
  /** How many models have each verdict; those that none has are left out. */
  readonly counts: readonly { readonly verdict: Verdict['verdict']; readonly models: number }[];
  /** Means over the models; undefined where a rate is of nothing. */
  readonly before: MeanRate | undefined;
  readonly after: MeanRate | undefined;
  /** Of each model the other attack that succeeds most often; undefined when a model has none. */
  readonly strongest: MeanRate | undefined;
  /** Inputs whose whole gradient is exactly zero; undefined when the attack asked for no gradient. */
  readonly zeros: MeanRate | undefined;
}

export function inhibitionFindings(results: Results): InhibitionFinding[] {
  return objectivesOf(results.verdicts).map((objective) => {
    const own = results.verdicts.filter((v) => v.objective === objective);
    const tau = tausOf(own).at(-1)!;
    const verdicts = own.filter((v) => v.tau === tau);
    return {
      objective,
      tau,
      budget: verdicts[0]!.budget,
      verdicts,
      counts: verdictNames.flatMap((verdict) => {
        const models = verdicts.filter((v) => v.verdict === verdict).length;
        return models > 0 ? [{ verdict, models }] : [];
      }),
      before: meanRate(verdicts.map((v) => v.before)),
      after: meanRate(verdicts.map((v) => v.after)),
      strongest: meanOfAll(verdicts.map((v) => strongestOther(v)?.after)),
      zeros: meanOfAll(verdicts.map((v) => attackOn(results, v.model, objective, tau)?.zeroGradientInputs)),
    };
  });
}

/** The other attack that succeeds most often on an inhibited model. */
export const strongestOther = ({ strongest, others }: Verdict): Verdict['others'][number] | undefined =>
  strongest === null ? undefined : others[strongest];

function meanOfAll(rates: readonly (Rate | null | undefined)[]): MeanRate | undefined {
  const known = rates.flatMap((r) => r ?? []);
  return known.length === rates.length ? meanRate(known) : undefined;
}
