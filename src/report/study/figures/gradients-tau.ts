import type { Results } from '../../../node/apps/study/study-schema.js';
import { equals, rateText, short } from '../../kit/number-text.js';
import { objectiveName } from '../../kit/objective-names.js';
import { familiesOf } from '../families.js';
import { modelStyles } from '../model-styles.js';
import { baseline, fgsmGradients, type Gradients, inProse, objectivesOf, tausOf } from '../select-results.js';
import { gradientPanels } from './gradient-panels.js';
import { zeroRate } from './gradient-stats.js';
import type { Figure } from './study-figure.js';

const ofBaseline = (results: Results): Gradients[] =>
  fgsmGradients(results).filter((g) => g.model === baseline(results)?.id);

/** The model, and that it represents others where it does. */
function shown(results: Results): string {
  const base = baseline(results);
  if (!base) return 'one model';
  return severalNetworks(results) ? `${base.label} alone, the first of the networks,` : inProse(base);
}

const severalNetworks = ({ models }: Results): boolean => familiesOf(models).length > 1;

/** Fig. 9: what gradient inhibition does to the gradients of the uncompressed model. */
export const gradientsTau: Figure = {
  id: 'gradients-tau',
  title: 'Gradient inhibition: where the gradients go',
  section: 'inhibition',
  paper: { mnist: { number: '9' } },
  howToRead: (results) =>
    `As in the figure of gradient sizes, for ${shown(results)} and one row for each inhibition coefficient ` +
    'tau. Inhibition pushes gradients to the left; what arrives in the red column has vanished altogether.',

  applies: (results) => tausOf(ofBaseline(results)).length > 1,

  shows(results) {
    const all = ofBaseline(results);
    return objectivesOf(all).map((objective) => {
      const parts = tausOf(all).flatMap((tau) => {
        const g = all.find((o) => o.tau === tau && o.objective === objective);
        return g ? [`${rateText(zeroRate(g))} at ${equals('τ', tau)}`] : [];
      });
      return `${objectiveName(objective)}, inputs with a gradient of exactly zero: ${parts.join(', ')}.`;
    });
  },

  spec(results) {
    const all = ofBaseline(results);
    const { name, colour, textColour } = modelStyles(results)(baseline(results)?.id ?? '');
    const rows = tausOf(all).map((tau) => ({
      name: `${severalNetworks(results) ? `${name}, ` : ''}tau ${short(tau)}`,
      colour,
      textColour,
      of: (objective: string) => all.find((g) => g.tau === tau && g.objective === objective),
    }));
    return gradientPanels(rows, all);
  },
};
