import { compareRates, type Standing } from '../../../../core/base/statistics.js';
import { type AttackName, pairedStanding } from '../comparisons.js';
import type { Results } from '../study-schema.js';
import {
  attackOn,
  type Measured,
  type Model,
  notMeasured,
  ONE_TRAINING,
  successAt,
  type Verdict,
  verdictOf,
  withInterval,
} from './claim-rule.js';

type Point = Results['attacks'][number]['points'][number];

/** A single step may overshoot a little: a fall below this is none, however many images resolve it. */
const SMALL = 0.02;

/**
 * How a curve over the budget goes: a fall counts when some point is clearly below an earlier
 * one, and not by a trifle.
 */
function trend(points: readonly Point[]): 'rises' | 'falls' | 'flat' {
  const rates = points.map((p) => p.successAtBudget);
  const falls = rates.some((rate, i) =>
    rates
      .slice(0, i)
      .some((before) => compareRates(rate, before) === 'lower' && before.value! - rate.value! >= SMALL),
  );
  if (falls) return 'falls';
  return rates.length > 1 && compareRates(rates.at(-1)!, rates[0]!) === 'higher' ? 'rises' : 'flat';
}

/** Whether success rises with the budget, model by model. */
export function risesWithBudget(results: Results, name: AttackName): Measured {
  const curves = results.models.flatMap((model) => {
    const points = attackOn(results, model.id, name)?.points ?? [];
    return points.length > 1 ? [{ model, points, trend: trend(points) }] : [];
  });
  if (curves.length === 0) return notMeasured('needs at least two budgets');
  const number = (kind: string) => curves.filter((c) => c.trend === kind).length;
  const ends = curves.map(({ model, points }) => {
    const [first, last] = [points[0]!, points.at(-1)!];
    const unit =
      attackOn(results, model.id, name)!.budgetName === 'epsilon'
        ? ''
        : ` ${attackOn(results, model.id, name)!.budgetName}`;
    return `${model.label} ${withInterval(first.successAtBudget)} at ${first.budget} to ${withInterval(last.successAtBudget)} at ${last.budget}${unit}`;
  });
  return {
    ours: `${name.objective}: ${ends.join('; ')}`,
    verdict: verdictOf(number('rises'), curves.length),
    note: `${number('rises')} of ${curves.length} curves rise clearly and nowhere fall clearly, ${number('falls')} fall somewhere, ${number('flat')} do neither; clearly means that the 95 % intervals do not overlap, and a fall below ${100 * SMALL} points is none. Judged on each budget alone: with the stopping rule of Algorithm 1 the rate cannot fall`,
  };
}

/** Every budget for some pairs of models, each point by an exact McNemar test. */
export function comparePoints(
  results: Results,
  name: AttackName,
  pairs: readonly (readonly [Model, Model])[],
): Measured {
  const points = pairs.flatMap(([model, reference]) =>
    (attackOn(results, model.id, name)?.points ?? []).flatMap(
      ({ budget }) => pairedStanding(results, model.id, reference.id, { ...name, budget }) ?? [],
    ),
  );
  const number = (kind: Standing) => points.filter((p) => p === kind).length;
  const [lower, higher, total] = [number('lower'), number('higher'), points.length];
  if (total === 0) return notMeasured('needs two models that were attacked on the same images');
  const verdict: Verdict =
    higher === 0 && lower > total / 2 ? 'reproduced' : lower > higher ? 'partly' : 'not reproduced';
  return {
    ours: `${name.objective}: clearly lower at ${lower} of ${total} points, clearly higher at ${higher}, not resolved at ${number('unclear')}; ${ratesInTheMiddle(results, name, pairs)}`,
    verdict,
    note: `${lower} lower, ${higher} higher, ${number('unclear')} not resolved, by the exact McNemar test on the same images (p < 0.05 for each point, not corrected for their number). Reproduced means none higher and most lower. ${ONE_TRAINING}`,
  };
}

/** The success rates behind the tests, at the middle budget: all of them would be a table. */
function ratesInTheMiddle(
  results: Results,
  name: AttackName,
  pairs: readonly (readonly [Model, Model])[],
): string {
  const models = [...new Set(pairs.flatMap(([model, reference]) => [reference, model]))];
  const attack = models.map((m) => attackOn(results, m.id, name)).find((a) => a !== undefined)!;
  const budget = attack.points[Math.floor(attack.points.length / 2)]!.budget;
  const rates = models.flatMap((m) => {
    const success = successAt(results, m.id, name, budget);
    return success ? [`${m.label} ${withInterval(success)}`] : [];
  });
  return `at ${budget}${attack.budgetName === 'epsilon' ? '' : ` ${attack.budgetName}`}: ${rates.join('; ')}`;
}
