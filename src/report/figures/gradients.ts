import type { Results } from '../../studies/results.js';
import { enumerate, percent, span } from '../format.js';
import { PAPER_RANGES, paperGradients } from '../paper.js';
import { objectiveName, objectivesOf } from '../select.js';
import { modelStyles } from '../theme.js';
import type { Figure } from './figure.js';
import { gradientPanels } from './gradient-panels.js';
import { shareBetween, zeroShare } from './gradient-stats.js';

const asTrained = (results: Results) => results.gradients.filter((g) => g.tau === 0 && g.images > 0);

/** Fig. 7: how large the attacker's gradients are, model by model. */
export const gradients: Figure = {
  id: 'figure-7-gradients',
  title: 'Size of the gradients that the attacker follows',
  section: 'cause',
  paper: '7',
  howToRead:
    'For each attacked input, the mean absolute gradient of the loss; each bar is the share of inputs in one range of ' +
    'powers of ten, further right is larger. The red column holds the inputs whose gradient is exactly zero: the ' +
    'attack cannot move them. Any gradient that is not zero, however small, gives FGSM its full step, since only the ' +
    'sign counts. Grey brackets mark the two ranges that the paper gives numbers for.',

  applies: (results) => asTrained(results).length > 0,

  shows(results) {
    const style = modelStyles(results);
    const all = asTrained(results);
    return objectivesOf(all).map((objective) => {
      const own = all.filter((g) => g.objective === objective);
      const large = own.map((g) => `${style(g.model).name} ${percent(shareBetween(g, PAPER_RANGES.large))}`);
      return (
        `${objectiveName(objective)}, inputs with a gradient between 10⁻¹⁰ and 1: ${enumerate(large)}. ` +
        `Exactly zero: ${span(own.map(zeroShare))}.`
      );
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
