import { compareRates, meanRate, type Rate } from '../../statistics.js';
import type { Results } from '../results.js';
import {
  CLIPPED,
  type ClaimRule,
  fgsmOn,
  fgsmWith,
  notMeasured,
  ONE_TRAINING,
  STABLE,
  successAlone,
  withInterval,
} from './rule.js';

/** Where the paper's text gives numbers for Fig. 10a. */
const [EPSILON, TAU] = [0.5, 0.1];
/** Success before must be high and success after low, the paper's "less than 10 %" with its interval. */
const [HIGH, LOW] = [0.5, 0.1];

interface Row {
  readonly label: string;
  readonly before: Rate;
  readonly after: Rate;
  readonly zeros: Rate | null;
}

interface Evaluation {
  readonly objective: string;
  readonly rows: readonly Row[];
  readonly stopped: number;
}

/** An attack that hardly worked before cannot be stopped: 2.8 % to 2.5 % is no protection. */
const isStopped = ({ before, after }: Row): boolean =>
  before.value! >= HIGH && compareRates(after, before) === 'lower' && after.high! < LOW;

function evaluate(results: Results, objective: string): Evaluation[] {
  const rows = results.models.flatMap(({ id, label }): Row[] => {
    const before = successAlone(results, id, fgsmWith(objective), EPSILON);
    const after = successAlone(results, id, fgsmWith(objective), EPSILON, TAU);
    if (!before || !after || before.value === null || after.value === null) return [];
    return [{ label, before, after, zeros: fgsmOn(results, id, objective, TAU)?.zeroGradientInputs ?? null }];
  });
  return rows.length === 0 ? [] : [{ objective, rows, stopped: rows.filter(isStopped).length }];
}

const mean = (rates: readonly Rate[]): string => {
  const value = meanRate(rates);
  return value ? withInterval(value) : 'not measured';
};

function ours({ objective, rows }: Evaluation): string {
  const average = `average ${mean(rows.map((r) => r.before))} to ${mean(rows.map((r) => r.after))}`;
  const each = rows.map((r) => `${r.label} ${withInterval(r.before)} to ${withInterval(r.after)}`);
  return `${objective}: ${average}; ${each.join('; ')}`;
}

function note({ objective, rows, stopped }: Evaluation): string {
  const zeros = rows.flatMap((r) => r.zeros ?? []);
  return `with ${objective} it holds for ${stopped} of ${rows.length} models, and at tau = ${TAU} the gradient is exactly zero for ${mean(zeros)} of the inputs`;
}

/** Which evaluation of J the claim needs: the paper does not say how it computed it. */
function needs(evaluations: readonly Evaluation[], holding: readonly Evaluation[]): string {
  if (evaluations.length < 2) return `Measured with ${evaluations[0]!.objective} only`;
  if (holding.length === 0) return `Holds for all models with neither ${STABLE} nor ${CLIPPED}`;
  return holding.length === 2
    ? 'Holds with both evaluations of J'
    : `Holds with ${holding[0]!.objective} only: the claim needs that evaluation of J`;
}

/** Fig. 10a is one claim; the two ways of computing its loss are two measurements of it. */
export const inhibitionProtects: ClaimRule = {
  id: 'inhibition-protects',
  figure: '10a',
  statement: `Gradient inhibition (tau = ${TAU}) stops HFGSM at epsilon = ${EPSILON}`,
  paper: 'average 87.99 % to 4.77 % at tau = 0.1; uncompressed 95.81 % to 1.24 %; every model below 10 %',
  judge(results) {
    const evaluations = [STABLE, CLIPPED].flatMap((objective) => evaluate(results, objective));
    if (evaluations.length === 0) return notMeasured(`needs tau = ${TAU} at epsilon = ${EPSILON}`);
    const holding = evaluations.filter((e) => e.stopped === e.rows.length);
    return {
      ours: evaluations.map(ours).join('. '),
      verdict: holding.length === 2 ? 'reproduced' : holding.length === 1 ? 'partly' : 'not reproduced',
      note: `${needs(evaluations, holding)}; ${evaluations.map(note).join('; ')}. Where it is zero this attack cannot move, whatever the model would do. A clipped gradient is zero or not tiny, so that the paper's Fig. 7, a third of it between 1e-25 and 1e-15, was not computed with the clipped evaluation. Success is at exactly this epsilon. Holds for a model means: fooled on at least 50 % before, clearly less often after, and on less than 10 % with the upper end of the interval. ${ONE_TRAINING}`,
    };
  },
};
