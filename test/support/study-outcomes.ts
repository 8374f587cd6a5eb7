import type { DecodedOutcomes } from '../../src/node/apps/study/attack-outcomes.js';
import type { Results } from '../../src/node/apps/study/study-schema.js';
import { verdictsOf } from '../../src/node/apps/study/study-verdicts.js';

type Row = Results['attacks'][number];
type Attack = Pick<Row, 'model' | 'attack' | 'variant' | 'objective' | 'tau'> & {
  readonly points: readonly Pick<Row['points'][number], 'budget' | 'successAtBudget'>[];
};

/** [total]: 1 for the first `count`. */
const first = (count: number, total: number): Uint8Array => new Uint8Array(total).fill(1, 0, count);

/**
 * Outcomes of every input that have the success rates of some rows of results: at each budget the first
 * inputs are fooled, as many as the rate counts. Which ones is not known from rates, so nothing that pairs
 * inputs may be tested with these.
 */
export const outcomesLike = (rows: readonly Attack[]): DecodedOutcomes[] =>
  rows.map(({ points, model, attack, variant, objective, tau }) => {
    const total = points[0]?.successAtBudget.total ?? 0;
    const indices = [...Array(total).keys()];
    return {
      ...{ model, attack, variant, objective, tau, indices },
      budgets: points.map(({ budget }) => budget),
      labels: () => indices.map(() => 0),
      correct: () => first(total, total),
      smallest: () => indices.map(() => -1),
      fooledAt: (budget) => first(points.find((p) => p.budget === budget)?.successAtBudget.count ?? 0, total),
    };
  });

/** The verdicts of a study whose attacks had these rates. */
export const verdictsLike = (rows: readonly Attack[]): Results['verdicts'] => verdictsOf(outcomesLike(rows));
