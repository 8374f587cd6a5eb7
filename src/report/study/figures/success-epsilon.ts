import type { Results } from '../../../node/apps/study/study-schema.js';
import { equals } from '../../kit/number-text.js';
import { objectiveName } from '../../kit/objective-names.js';
import { spansDecades } from '../../kit/ticks.js';
import { ratesInWords } from '../families.js';
import { paperInhibition } from '../paper-figures.js';
import {
  type Attack,
  attackOn,
  budgetsOf,
  fgsm,
  headlineBudget,
  mayBeThePapers,
  objectivesOf,
  successAt,
} from '../select-results.js';
import type { Figure } from './study-figure.js';
import { dips, successCurves } from './success-curves.js';

const asTrained = (results: Results): Attack[] => fgsm(results).filter((a) => a.tau === 0);

/** Fig. 4: success of (H)FGSM over epsilon, one line for each model, one panel for each objective. */
export const successEpsilon: Figure = {
  id: 'success-epsilon',
  title: 'Attack success against strength of the perturbation',
  section: 'attack',
  paper: { mnist: { number: '4' } },
  howToRead: () =>
    'Further right, the attacker may change each pixel by more (epsilon, on a scale from 0 to 1). Higher ' +
    'is worse for the model: more attacked images change their class at this epsilon or a smaller one. ' +
    'Panels side by side differ only in the loss whose gradient the attacker follows. Vertical bars are 95 ' +
    '% intervals.',

  applies: (results) => asTrained(results).length > 0,

  shows(results) {
    const budget = headlineBudget(results);
    if (budget === undefined || results.models.length === 0) return [];
    const each = objectivesOf(asTrained(results)).map((objective) => {
      const rates = ratesInWords(results.models, (m) =>
        successAt(attackOn(results, m.id, objective, 0), budget),
      );
      return `${objectiveName(objective)} at ${equals('ε', budget)}: ${rates}.`;
    });
    return [...each, ...dips(results, asTrained(results))];
  },

  spec(results) {
    const runs = asTrained(results);
    const ticks = budgetsOf(runs);
    const panels = objectivesOf(runs).length;
    const [log, important] = [spansDecades(ticks), headlineBudget(results)];
    const points = ticks.flatMap((x) =>
      paperInhibition(results, x)
        .filter((p) => p.tau === 0)
        .map((p) => ({ x, y: 100 * p.success })),
    );
    return successCurves(results, runs, {
      columns: Math.min(3, panels),
      width: panels > 2 ? 232 : 290,
      height: 270,
      x: log
        ? { title: 'Epsilon (logarithmic)', ticks, log, ...(important && { important }) }
        : { title: 'Epsilon', ticks },
      paper: (kind) => (mayBeThePapers(kind) ? { points, text: 'paper, uncompressed' } : undefined),
    });
  },
};
