import type { AttackName } from '../../../node/apps/study/comparisons.js';
import type { Results } from '../../../node/apps/study/study-schema.js';
import { enumerate, integer, rateText } from '../../kit/number-text.js';
import { ratesInWords } from '../families.js';
import { modelStyles } from '../model-styles.js';
import { type Attack, budgetsOf, kindsOf, runsOf, runsOfKind, successAt } from '../select-results.js';
import { budgetText, kindName } from '../study-wording.js';
import type { Figure } from './study-figure.js';
import { dips, successCurves } from './success-curves.js';

const asTrained = (results: Results): Attack[] => runsOf(results, 'jsma').filter((a) => a.tau === 0);

/** A share of stuck inputs below this is not worth a sentence. */
const MIN_STUCK = 0.01;

/** Fig. 5: success of (H)JSMA over the number of changed elements, a panel for each of its forms. */
export const successElements: Figure = {
  id: 'success-elements',
  title: 'Attack success against the number of changed elements',
  section: 'attack',
  paper: { mnist: { number: '5' } },
  howToRead: () =>
    'Further right, the attacker may change more elements (pixels of a grey image), each of them to white; ' +
    'all others stay as they are. Higher is worse for the model. Single-shot takes the most salient ' +
    'elements of one map, as in the paper’s Algorithm 1; iterative looks again after each change, which ' +
    'costs dozens of times more and was therefore run on fewer images where the panel says so. ' +
    'Probabilities or logits: which outputs the attacker differentiates. Vertical bars are 95 % intervals.',

  applies: (results) => asTrained(results).length > 0,

  shows(results) {
    const runs = asTrained(results);
    return [
      ...kindsOf(runs).flatMap((kind) => strongest(results, runsOfKind(runs, kind), kind)),
      ...kindsOf(runs).flatMap((kind) => stuck(results, runs, kind)),
      ...dips(results, runs),
    ];
  },

  spec(results) {
    const runs = asTrained(results);
    return successCurves(results, runs, {
      columns: Math.min(2, kindsOf(runs).length),
      width: 310,
      height: 215,
      x: { title: 'Changed elements', ticks: budgetsOf(runs) },
    });
  },
};

/** Success at the largest number of elements. */
function strongest({ models }: Results, runs: readonly Attack[], kind: AttackName): string[] {
  const budget = budgetsOf(runs).at(-1);
  if (budget === undefined || models.length === 0) return [];
  const rates = ratesInWords(models, (model) =>
    successAt(
      runs.find((a) => a.model === model.id),
      budget,
    ),
  );
  return [`${kindName(kind)}, at most ${budgetText('elements', budget)}: ${rates}.`];
}

/** Where the attack ran out of admissible elements, and whether that says anything about the model. */
function stuck(results: Results, all: readonly Attack[], kind: AttackName): string[] {
  const style = modelStyles(results);
  const limited = runsOfKind(all, kind).filter((a) => (a.stuck?.value ?? 0) >= MIN_STUCK);
  if (limited.length === 0) return [];
  const shares = limited.flatMap((a) => (a.stuck ? [`${style(a.model).name} ${rateText(a.stuck)}`] : []));
  const start =
    `${kindName(kind)}, inputs that were not fooled and had no admissible element left before all ` +
    `${integer(Math.max(...budgetsOf(limited)))} were changed: ${enumerate(shares)}.`;
  return [`${start} ${reason(kind)}`];
}

function reason(kind: AttackName): string {
  return kind.objective === 'probabilities'
    ? 'One cause is a saturated softmax: its derivatives underflow to exactly zero, and with them every ' +
        'saliency. That would hide a weakness, not remove it: compare the panel on logits.'
    : 'There the rule of Eq. 7, which admits only elements that raise the target and lower the sum of the ' +
        'others, ends the attack.';
}
