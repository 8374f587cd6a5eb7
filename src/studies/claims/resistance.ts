import { compareRates, type Standing } from '../../statistics.js';
import { pairedStanding } from '../comparisons.js';
import type { Results } from '../results.js';
import {
  type ClaimRule,
  fgsmOn,
  hashNets,
  type Measured,
  type Model,
  notMeasured,
  ONE_TRAINING,
  STABLE,
  successAt,
  uncompressed,
  type Verdict,
  verdictOf,
  withInterval,
} from './rule.js';

type Point = Results['attacks'][number]['points'][number];

/** How a curve over epsilon goes: a fall counts when some point is clearly below an earlier one. */
function trend(points: readonly Point[]): 'rises' | 'falls' | 'flat' {
  const rates = points.map((p) => p.successAtBudget);
  const falls = rates.some((rate, i) => rates.slice(0, i).some((before) => compareRates(rate, before) === 'lower'));
  if (falls) return 'falls';
  return rates.length > 1 && compareRates(rates.at(-1)!, rates[0]!) === 'higher' ? 'rises' : 'flat';
}

export const risesWithEpsilon: ClaimRule = {
  id: 'success-rises-with-epsilon',
  figure: '4',
  statement: 'HFGSM success rises with epsilon',
  paper: 'monotone for all five models',
  judge(results) {
    const curves = results.models.flatMap((model) => {
      const points = fgsmOn(results, model.id, STABLE)?.points ?? [];
      return points.length > 1 ? [{ model, points, trend: trend(points) }] : [];
    });
    if (curves.length === 0) return notMeasured('needs at least two values of epsilon');
    const number = (kind: string) => curves.filter((c) => c.trend === kind).length;
    const ends = curves.map(({ model, points }) => {
      const [first, last] = [points[0]!, points.at(-1)!];
      return `${model.label} ${withInterval(first.successAtBudget)} at ${first.budget} to ${withInterval(last.successAtBudget)} at ${last.budget}`;
    });
    return {
      ours: `${STABLE}: ${ends.join('; ')}`,
      verdict: verdictOf(number('rises'), curves.length),
      note: `${number('rises')} of ${curves.length} curves rise clearly and nowhere fall clearly, ${number('falls')} fall somewhere, ${number('flat')} do neither; clearly means that the 95 % intervals do not overlap. Judged on each epsilon alone: with the stopping rule of Algorithm 1 the rate cannot fall`,
    };
  },
};

/** Every epsilon of Fig. 4 for some pairs of models, each point by an exact McNemar test. */
function comparePoints(results: Results, pairs: readonly (readonly [Model, Model])[]): Measured {
  const points = pairs.flatMap(([model, reference]) =>
    (fgsmOn(results, model.id, STABLE)?.points ?? []).flatMap(
      ({ budget }) => pairedStanding(results, model.id, reference.id, { objective: STABLE, budget }) ?? [],
    ),
  );
  const number = (kind: Standing) => points.filter((p) => p === kind).length;
  const [lower, higher, total] = [number('lower'), number('higher'), points.length];
  if (total === 0) return notMeasured('needs two models that were attacked on the same images');
  const verdict: Verdict =
    higher === 0 && lower > total / 2 ? 'reproduced' : lower > higher ? 'partly' : 'not reproduced';
  return {
    ours: `${STABLE}: clearly lower at ${lower} of ${total} points, clearly higher at ${higher}, not resolved at ${number('unclear')}; ${ratesInTheMiddle(results, pairs)}`,
    verdict,
    note: `${lower} lower, ${higher} higher, ${number('unclear')} not resolved, by the exact McNemar test on the same images (p < 0.05 for each point, not corrected for their number). Reproduced means none higher and most lower. ${ONE_TRAINING}`,
  };
}

/** The success rates behind the tests, at the middle epsilon: all of them would be a table. */
function ratesInTheMiddle(results: Results, pairs: readonly (readonly [Model, Model])[]): string {
  const models = [...new Set(pairs.flatMap(([model, reference]) => [reference, model]))];
  const budgets = fgsmOn(results, models[0]!.id, STABLE)?.points.map((p) => p.budget) ?? [];
  const budget = budgets[Math.floor(budgets.length / 2)]!;
  const rates = models.flatMap((m) => {
    const success = successAt(results, m.id, STABLE, budget);
    return success ? [`${m.label} ${withInterval(success)}`] : [];
  });
  return `at epsilon ${budget}: ${rates.join('; ')}`;
}

export const compressedIsLower: ClaimRule = {
  id: 'hashnets-resist-better',
  figure: '4',
  statement: 'At each epsilon every HashNet is fooled less often than the uncompressed model',
  paper: 'lower at every epsilon',
  judge(results) {
    const base = uncompressed(results);
    return comparePoints(results, base ? hashNets(results).map((m) => [m, base] as const) : []);
  },
};

export const moreCompressedIsLower: ClaimRule = {
  id: 'more-compression-resists-better',
  figure: '4',
  statement: 'The higher the compression of a HashNet, the lower the success rate at each epsilon',
  paper: 'lower at every epsilon and rate',
  judge(results) {
    const nets = hashNets(results);
    return comparePoints(
      results,
      nets.slice(1).map((m, i) => [m, nets[i]!] as const),
    );
  },
};
