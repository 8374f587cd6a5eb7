import { shareBetween } from '../../../core/evaluation/distributions.js';
import { PAPER_RANGES } from '../../../node/apps/study/claims/paper-numbers.js';
import type { Results } from '../../../node/apps/study/study-schema.js';
import { enumerate, rateText, spanText } from '../../kit/number-text.js';
import { objectiveName } from '../../kit/objective-names.js';
import { modelStyles } from '../model-styles.js';
import { paperGradients } from '../paper-figures.js';
import { fgsmGradients, objectivesOf } from '../select-results.js';
import { gradientPanels } from './gradient-panels.js';
import { zeroRate } from './gradient-stats.js';
import type { Figure } from './study-figure.js';

const asTrained = (results: Results) => fgsmGradients(results).filter((g) => g.tau === 0);

/** Fig. 7: how large the attacker's gradients are, model by model. */
export const gradients: Figure = {
  id: 'gradients',
  title: 'Size of the gradients that the attacker follows',
  section: 'cause',
  paper: { mnist: { number: '7' } },
  howToRead: ({ study }) =>
    'For each attacked input, the mean absolute gradient of the loss; each bar is the share of inputs in ' +
    'one range of powers of ten, further right is larger. The red column holds the inputs whose gradient ' +
    'is exactly zero: the attack cannot move them. Any gradient that is not zero, however small, gives ' +
    'FGSM its full step, since only the sign counts. Grey brackets mark the two ranges that the paper ' +
    `gives numbers for${study === 'mnist' ? '' : ', which are of MNIST'}.`,

  applies: (results) => asTrained(results).length > 0,

  shows(results) {
    const style = modelStyles(results);
    const all = asTrained(results);
    return objectivesOf(all).map((objective) => {
      const own = all.filter((g) => g.objective === objective);
      const large = own.map((g) => `${style(g.model).name} ${rateText(shareBetween(g, PAPER_RANGES.large))}`);
      const above = own.reduce((sum, g) => sum + g.above + g.nonFinite, 0);
      return [
        `${objectiveName(objective)}, inputs with a gradient between 10⁻¹⁰ and 1: ${enumerate(large)}.`,
        `Exactly zero: ${spanText(own.map(zeroRate))}.`,
        ...(above > 0 ? [`Not drawn, all models together: ${above} above the last bar or not finite.`] : []),
      ].join(' ');
    });
  },

  spec(results) {
    const style = modelStyles(results);
    const all = asTrained(results);
    const rows = results.models.map((model) => ({
      name: style(model.id).name,
      colour: style(model.id).colour,
      textColour: style(model.id).textColour,
      of: (objective: string) => all.find((g) => g.model === model.id && g.objective === objective),
      paper: paperGradients(results, model),
    }));
    return gradientPanels(rows, all);
  },
};
