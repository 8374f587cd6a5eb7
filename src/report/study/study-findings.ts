import {
  comparePaired,
  compareRates,
  holmLevel,
  type MeanRate,
  mcnemar,
  meanRate,
  type Standing,
} from '../../core/base/statistics.js';
import { verdictNames } from '../../core/evaluation/verdict.js';
import { pairedFooled, pairedStanding } from '../../node/apps/study/comparisons.js';
import type { Rate, Results } from '../../node/apps/study/study-schema.js';
import { familiesOf } from './families.js';
import {
  attackOn,
  budgetsIn,
  fgsm,
  headlineBudget,
  type Model,
  objectivesOf,
  successAt,
  tausOf,
} from './select-results.js';

/** What attacking the models as trained showed, at one budget and with one objective. */
export interface AttackFinding {
  readonly budget: number;
  readonly objective: string;
  /** At least one. */
  readonly families: readonly FamilyFinding[];
}

/** A network and what compression made of it, as far as they were attacked. */
export interface FamilyFinding {
  readonly base: { readonly model: Model; readonly success: Rate };
  /**
   * `effect` compares with `base`, by a paired test where there is one, else by intervals that do not
   * overlap.
   */
  readonly others: readonly {
    readonly model: Model;
    readonly success: Rate;
    readonly effect: Standing;
    readonly elsewhere: readonly Elsewhere[];
  }[];
}

/**
 * A budget at which a comparison is resolved and comes out otherwise than at the one of the headline: by
 * paired tests, Holm-corrected over all models and budgets.
 */
export interface Elsewhere {
  readonly budget: number;
  readonly effect: 'lower' | 'higher';
}

export function attackFinding(results: Results): AttackFinding | undefined {
  const budget = headlineBudget(results);
  const objective = objectivesOf(fgsm(results).filter((a) => a.tau === 0))[0];
  if (budget === undefined || objective === undefined) return undefined;
  const successOf = (model: Model) => successAt(attackOn(results, model.id, objective, 0), budget);
  const at = { attack: 'fgsm', variant: '', objective, budget };
  const families = familiesOf(results.models.filter((m) => successOf(m) !== undefined));
  const findings = families.flatMap(({ base, others }): FamilyFinding[] => {
    const success = successOf(base);
    if (!success) return [];
    const compared = others.flatMap((model) => {
      const own = successOf(model);
      if (!own) return [];
      const effect = pairedStanding(results, model.id, base.id, at) ?? compareRates(own, success);
      return [{ model, success: own, effect, elsewhere: [] }];
    });
    return [{ base: { model: base, success }, others: compared }];
  });
  if (findings.length === 0) return undefined;
  return { budget, objective, families: withElsewhere(results, { budget, objective }, findings) };
}

function withElsewhere(
  results: Results,
  { budget: headline, objective }: Pick<AttackFinding, 'budget' | 'objective'>,
  families: readonly FamilyFinding[],
): FamilyFinding[] {
  const pairsOf = (model: Model, base: Model) =>
    (attackOn(results, model.id, objective, 0)?.points ?? []).flatMap(({ budget }) => {
      const at = { attack: 'fgsm', variant: '', objective, budget };
      const pair = budget === headline ? undefined : pairedFooled(results, model.id, base.id, at);
      return pair ? [{ ...pair, budget, p: mcnemar(pair.onlyA, pair.onlyB) }] : [];
    });
  const all = families.flatMap(({ base, others }) => others.flatMap((o) => pairsOf(o.model, base.model)));
  const level = holmLevel(all.map(({ p }) => p));
  return families.map(({ base, others }) => ({
    base,
    others: others.map((other) => ({
      ...other,
      elsewhere: pairsOf(other.model, base.model).flatMap(({ budget, ...pair }): Elsewhere[] => {
        const effect = comparePaired(pair, level);
        return effect === 'unclear' || effect === other.effect ? [] : [{ budget, effect }];
      }),
    })),
  }));
}

export type Verdict = Results['verdicts'][number];

/**
 * The verdicts on gradient inhibition at one epsilon under one evaluation of the paper's J, at the largest
 * tau, over all models.
 */
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

/** Verdicts of one epsilon and one evaluation of J. */
export interface VerdictGroup {
  readonly budget: number;
  readonly objective: string;
  readonly verdicts: readonly Verdict[];
}

/** By rising epsilon. */
export const verdictGroups = (all: readonly Verdict[]): VerdictGroup[] =>
  budgetsIn(all).flatMap((budget) => {
    const here = all.filter((v) => v.budget === budget);
    return objectivesOf(here).map((objective) => ({
      ...{ budget, objective },
      verdicts: here.filter((v) => v.objective === objective),
    }));
  });

export function inhibitionFindings(results: Results): InhibitionFinding[] {
  return verdictGroups(results.verdicts).map(({ objective, budget, verdicts: own }) => {
    const tau = Math.max(...tausOf(own));
    const verdicts = own.filter((v) => v.tau === tau);
    return {
      objective,
      tau,
      budget,
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
