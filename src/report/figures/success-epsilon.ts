import type { Results } from '../../studies/results.js';
import { equals, NOT_MEASURED, rateText, spanText } from '../format.js';
import { paperInhibition } from '../paper.js';
import {
  type Attack,
  attackOn,
  baseline,
  budgetsOf,
  fgsm,
  headlineBudget,
  objectiveName,
  objectivesOf,
  panelHint,
  successAt,
} from '../select.js';
import { modelStyles } from '../theme.js';
import type { Figure } from './figure.js';
import { type LinePoint, linePanel } from './lines.js';

const asTrained = (results: Results): Attack[] => fgsm(results).filter((a) => a.tau === 0);

/** Fig. 4: success of (H)FGSM over epsilon, one line for each model, one panel for each objective. */
export const successEpsilon: Figure = {
  id: 'figure-4-success-epsilon',
  title: 'Attack success against strength of the perturbation',
  section: 'attack',
  paper: '4',
  howToRead:
    'Further right, the attacker may change each pixel by more (epsilon, on a scale from 0 to 1). Higher is worse for the ' +
    'model: more attacked images change their class at this epsilon or a smaller one. Panels side by side differ only in ' +
    'the loss whose gradient the attacker follows. Vertical bars are 95 % intervals.',

  applies: (results) => asTrained(results).length > 0,

  shows(results) {
    const budget = headlineBudget(results);
    const base = baseline(results);
    if (budget === undefined || !base) return [];
    return objectivesOf(asTrained(results)).map((objective) => {
      const rate = (id: string) => successAt(attackOn(results, id, objective, 0), budget);
      const others = results.models.filter((m) => m !== base).flatMap((m) => rate(m.id) ?? []);
      const own = rate(base.id);
      return (
        `${objectiveName(objective)} at ${equals('ε', budget)}: ${base.label} ${own ? rateText(own) : NOT_MEASURED}` +
        `${others.length > 0 ? `, the other models ${spanText(others)}` : ''}.`
      );
    });
  },

  spec(results) {
    const attacks = asTrained(results);
    const style = modelStyles(results);
    const ticks = budgetsOf(attacks);
    return {
      hconcat: objectivesOf(attacks).map((objective, i) => {
        const points = attacks
          .filter((a) => a.objective === objective)
          .flatMap((attack) =>
            attack.points.flatMap(({ budget, success: { value, low, high } }): LinePoint[] => {
              if (value === null || low === null || high === null) return [];
              const { name, ...look } = style(attack.model);
              return [{ series: name, ...look, x: budget, y: 100 * value, low: 100 * low, high: 100 * high }];
            }),
          );
        const known = ticks.flatMap((x) =>
          paperInhibition(results, x)
            .filter((p) => p.tau === 0)
            .map((p) => ({ x, y: 100 * p.success })),
        );
        return linePanel({
          points,
          x: { title: 'Epsilon', ticks },
          y: { title: i === 0 ? 'Attack success (%)' : null, domain: [0, 100] },
          width: 290,
          height: 270,
          title: objectiveName(objective),
          subtitle: panelHint(objective),
          paper: { points: known, text: 'paper, uncompressed', textY: 6 },
        });
      }),
    };
  },
};
