import { formatEpsilon } from '../../../../core/base/numbers.js';
import { meanRate } from '../../../../core/base/statistics.js';
import { TOLERANCE } from '../../../../core/evaluation/evaluation-rule.js';
import { verdictNames } from '../../../../core/evaluation/verdict.js';
import type { Results } from '../study-schema.js';
import {
  CLIPPED,
  type ClaimRule,
  notMeasured,
  ONE_TRAINING,
  percent,
  STABLE,
  verdictOf,
  withInterval,
} from './claim-rule.js';

type Row = Results['verdicts'][number];

/** Rows of the largest tau for one evaluation of J. */
function rowsOf(results: Results, objective: string): Row[] {
  const largest = Math.max(...results.verdicts.map((v) => v.tau));
  return results.verdicts.filter((v) => v.tau === largest && v.objective === objective);
}

/** One evaluation of J at one epsilon, which is named where there are several. */
function sentence(objective: string, rows: readonly Row[], several: boolean): string[] {
  const [first] = rows;
  if (!first) return [];
  const count = (verdict: string) => rows.filter((r) => r.verdict === verdict).length;
  const kinds = verdictNames.filter((kind) => count(kind) > 0);
  const strongest = rows.flatMap((r) => (r.strongest === null ? [] : (r.others[r.strongest]?.after ?? [])));
  const [after, best] = [meanRate(rows.map((r) => r.after)), meanRate(strongest)];
  const means =
    after && best
      ? `; average success ${withInterval(after)}, by the strongest other attack ${withInterval(best)}`
      : '';
  const name = several ? `${objective} at epsilon ${formatEpsilon(first.budget)}` : objective;
  return [`${name}: ${kinds.map((kind) => `${kind} ${count(kind)} of ${rows.length}`).join(', ')}${means}`];
}

/** The paper concludes from a low success rate that the threat is mitigated; this asks whether it is. */
const isRobustness = (figure: string): ClaimRule => ({
  id: 'inhibition-makes-robust',
  figure,
  statement: 'Where the success rate falls, the inhibited model has become hard to fool',
  paper: 'attacks are "effectively mitigated" and possibly "eliminated"',
  judge(results) {
    const all = [STABLE, CLIPPED].flatMap((objective) => rowsOf(results, objective));
    const budgets = [...new Set(all.map((r) => r.budget))];
    const groups = budgets.flatMap((budget) =>
      [STABLE, CLIPPED].map((objective) => ({
        objective,
        rows: all.filter((r) => r.objective === objective && r.budget === budget),
      })),
    );
    const [first] = all;
    if (!first) return notMeasured('needs attacks at two values of tau');
    const fell = all.filter((r) => r.fell);
    if (fell.length === 0)
      return notMeasured('the success rate fell notably nowhere, so there is nothing to explain');
    if (fell.every((r) => r.verdict === 'inconclusive')) return notMeasured('the numbers do not decide it');
    const robust = fell.filter((r) => r.verdict === 'robust').length;
    const masked = fell.filter((r) => r.verdict === 'masked').length;
    const cases =
      budgets.length > 1 ? 'models, evaluations of J and epsilons' : 'models and evaluations of J';
    return {
      ours: groups.flatMap((g) => sentence(g.objective, g.rows, budgets.length > 1)).join('. '),
      verdict: verdictOf(robust, fell.length),
      note:
        `tau = ${first.tau}, epsilon = ${budgets.map(formatEpsilon).join(' and ')}. The success rate fell ` +
        `notably (intervals apart, at least five points) in ${fell.length} of ${all.length} cases ` +
        `(${cases}); of those ${masked} are masked: another attack within the same epsilon (margin ` +
        'objective, the other evaluation of J, or the gradient of the model without inhibition) still ' +
        `succeeds notably more often, and the defence took little from it. ${ONE_TRAINING}`,
    };
  },
});

export const inhibitionIsRobustness = isRobustness('10a');
export const inhibitionIsRobustnessCifar10 = isRobustness('10b');

interface Level extends Pick<ClaimRule, 'paper' | 'measuredFor'> {
  /** The largest loss of accuracy that still counts as "the same level". */
  readonly sameLevel: number;
  /** What the paper measured this on. */
  readonly remark: string;
}

const keepsAccuracy = ({ sameLevel, remark, ...where }: Level): ClaimRule => ({
  id: 'inhibition-keeps-accuracy',
  figure: '8',
  ...where,
  statement: 'Gradient inhibition leaves the accuracy where it was',
  judge(results) {
    const models = results.models.flatMap(({ id, label }) => {
      const rows = results.inhibition.flatMap(({ model, tau, cleanAccuracy }) =>
        model === id && cleanAccuracy.value !== null
          ? [{ tau, cleanAccuracy, value: cleanAccuracy.value }]
          : [],
      );
      const own = rows.find((row) => row.tau === 0);
      if (!own || rows.length < 2) return [];
      const worst = rows.reduce((a, b) => (b.value < a.value ? b : a));
      return [{ label, own: own.cleanAccuracy, worst, drop: own.value - worst.value }];
    });
    if (models.length === 0) return notMeasured('needs the accuracy at two values of tau');
    const largest = Math.max(...results.inhibition.map((i) => i.tau));
    const same = models.filter((m) => m.drop <= sameLevel + TOLERANCE).length;
    const each = models.map(({ label, own, worst }) =>
      worst.tau === 0
        ? `${label} nowhere below its ${withInterval(own, 2)}`
        : `${label} ${withInterval(own, 2)} to ${withInterval(worst.cleanAccuracy, 2)} at tau ${worst.tau}`,
    );
    return {
      ours: each.join('; '),
      verdict: same === models.length ? 'reproduced' : same > models.length / 2 ? 'partly' : 'not reproduced',
      note:
        `the lowest accuracy of each model over tau, up to ${largest}; ${remark} Holds for a model ` +
        `that loses at most ${percent(sameLevel, 1)}; ${same} of ${models.length} do. ${ONE_TRAINING}`,
    };
  },
});

export const accuracyUnderInhibition = keepsAccuracy({
  measuredFor: '10a',
  paper: 'same level at every tau; "similar accuracy trend" for the HashNets on MNIST',
  sameLevel: 0.005,
  remark:
    'the paper shows four other networks on CIFAR-10 up to 0.5, and says the like of MNIST without numbers.',
});

export const accuracyUnderInhibitionCifar10 = keepsAccuracy({
  paper: 'same level at every tau from 0 to 0.5, for each of the four networks',
  sameLevel: 0.01,
  remark: "the paper's figure gives no numbers in its text.",
});
