import type { Rate, Results } from '../../studies/results.js';
import { equals, NOT_MEASURED, rateText, short } from '../format.js';
import { paperInhibition } from '../paper.js';
import {
  type Attack,
  baseline,
  fgsm,
  largestBudget,
  objectiveName,
  objectivesOf,
  panelHint,
  successAt,
  tausOf,
} from '../select.js';
import { modelStyles } from '../theme.js';
import type { Figure, Panel } from './figure.js';
import { type LinePoint, linePanel } from './lines.js';

/** Attacks that reach the largest epsilon, for objectives that were run at two values of tau or more. */
function sweeps(results: Results): Attack[] {
  const budget = largestBudget(results);
  const usable = fgsm(results).filter((a) => budget !== undefined && successAt(a, budget));
  return usable.filter((a) => tausOf(usable.filter((b) => b.objective === a.objective)).length > 1);
}

/** Fig. 10a with what it takes to read it: success over tau, above the share of inputs that have no gradient left. */
export const inhibition: Figure = {
  id: 'figure-10a-inhibition',
  title: 'Gradient inhibition: attack success, and gradients that are gone',
  section: 'inhibition',
  paper: '10a',
  howToRead:
    'Top: success at the largest epsilon as the inhibition coefficient tau grows. Bottom: the share of attacked inputs ' +
    'whose whole gradient is exactly zero, which this attack cannot move at all. Panels side by side attack the same ' +
    'models and differ only in the loss that the attacker follows. Where success falls just as zeros appear, the gradient ' +
    'was hidden; that alone is not robustness.',

  applies: (results) => sweeps(results).length > 0,

  shows(results) {
    const budget = largestBudget(results);
    const base = baseline(results);
    if (budget === undefined || !base) return [];
    return objectivesOf(sweeps(results)).flatMap((objective) => {
      const own = sweeps(results).filter((a) => a.model === base.id && a.objective === objective);
      const taus = tausOf(own);
      const at = (tau: number | undefined) => own.find((a) => a.tau === tau);
      const [first, last] = [at(taus[0]), at(taus.at(-1))];
      if (!first || !last || first === last) return [];
      const text = (rate: Rate | null | undefined) => (rate ? rateText(rate) : NOT_MEASURED);
      const success = (a: Attack) => text(successAt(a, budget));
      return [
        `${objectiveName(objective)}, ${base.label}, ${equals('ε', budget)}: success goes from ${success(first)} to ` +
          `${success(last)} between ${equals('τ', first.tau)} and ${short(last.tau)}, while inputs without any gradient go ` +
          `from ${text(first.zeroGradientInputs)} to ${text(last.zeroGradientInputs)}.`,
      ];
    });
  },

  spec(results) {
    const attacks = sweeps(results);
    const budget = largestBudget(results)!;
    const objectives = objectivesOf(attacks);
    const ticks = tausOf(attacks);
    const style = modelStyles(results);

    const points = (objective: string, rate: (a: Attack) => Rate | null | undefined): LinePoint[] =>
      attacks
        .filter((a) => a.objective === objective)
        .flatMap((attack) => {
          const measured = rate(attack);
          if (measured?.value == null) return [];
          const { name, ...look } = style(attack.model);
          const [y, low, high] = [measured.value, measured.low!, measured.high!].map((v) => 100 * v) as [
            number,
            number,
            number,
          ];
          return [{ series: name, ...look, x: attack.tau, y, low, high }];
        })
        .sort((a, b) => a.x - b.x);

    const top = objectives.map(
      (objective, i): Panel =>
        linePanel({
          points: points(objective, (a) => successAt(a, budget)),
          x: { title: null, ticks },
          y: { title: i === 0 ? [`Success (%)`, `at epsilon ${short(budget)}`] : null, domain: [0, 100] },
          width: 290,
          height: 230,
          title: objectiveName(objective),
          subtitle: panelHint(objective),
          paper: {
            points: paperInhibition(results, budget).map((p) => ({ x: p.tau, y: 100 * p.success })),
            text: 'paper, uncompressed',
            // Success starts high at tau = 0, so the lower left stays empty.
            textY: 8,
            side: 'left',
          },
        }),
    );
    const bottom = objectives.map(
      (objective, i): Panel =>
        linePanel({
          points: points(objective, (a) => a.zeroGradientInputs),
          x: { title: 'Tau', ticks },
          y: { title: i === 0 ? ['Inputs with a gradient', 'of exactly zero (%)'] : null, domain: [0, 100] },
          width: 290,
          height: 150,
        }),
    );
    return { concat: [...top, ...bottom], columns: objectives.length, spacing: { row: 24, column: 28 } };
  },
};
