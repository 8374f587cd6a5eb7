import type { AuditedModel, AuditResults, AuditTrial } from '../../../core/evaluation/audit-schema.js';
import { equals, percent, rateText } from '../../kit/number-text.js';
import { COLOURS, seriesLook, shades } from '../../kit/theme.js';
import { STANDINGS } from '../audit-wording.js';
import { apparent, byRole, fooledBy } from '../select-trials.js';
import type { AuditFigure } from './audit-figure.js';
import { fromZero, isDrawable, type RobustLine, robustLines } from './lines.js';

export const TOGETHER = 'all attacks together';

/** Neither the ink of all attacks together nor what is close to the colour of masking. */
const COLOURS_OF_ATTACKS = [1, 3, 4, 6];

const together = (model: AuditedModel): RobustLine => ({
  name: TOGETHER,
  colour: COLOURS.ink,
  textColour: COLOURS.ink,
  lineWidth: 4,
  points: fromZero(model, model.curve),
});

/** Of each role the strongest that was tried at several epsilons, and the one that masking deceives. */
function shown(results: AuditResults, model: AuditedModel): AuditTrial[] {
  const swept = model.trials.filter(({ role, points }) => role !== 'unbounded' && points.length > 1);
  const value = (trial: AuditTrial): number => fooledBy(results, trial)?.value ?? -1;
  const strongest = byRole(swept).map(({ trials }) =>
    trials.reduce((best, t) => (value(t) > value(best) ? t : best)),
  );
  const deceived = apparent(results, model)?.trial;
  return deceived && swept.includes(deceived) && !strongest.includes(deceived)
    ? [...strongest, deceived]
    : strongest;
}

function linesOf(results: AuditResults, model: AuditedModel): RobustLine[] {
  const deceived = apparent(results, model)?.trial;
  const attacks = shown(results, model).map((trial, i): RobustLine => {
    const look =
      trial === deceived
        ? { ...shades(STANDINGS.misses.colour), lineWidth: 2 }
        : seriesLook(COLOURS_OF_ATTACKS[i % COLOURS_OF_ATTACKS.length] ?? 0);
    return { name: trial.id, ...look, points: fromZero(model, trial.points) };
  });
  return [...attacks, together(model)].filter(isDrawable);
}

/** How robust accuracy falls as the attacker may change more. */
export const curves: AuditFigure = {
  id: 'robust-accuracy',
  title: 'Robust accuracy against strength of the perturbation',
  of: 'model',
  howToRead:
    'Further right the attacker may change more. Each thin line is what one attack leaves correct, and the ' +
    'thick one what all attacks leave together: an input counts only if none of them fools it. Shown are ' +
    'the attacks that were tried at several epsilons, of each kind the strongest, and the one that masking ' +
    'deceives, if any. At the audited epsilon more attacks were tried than elsewhere, so the thick line ' +
    'may bend there; it has points only where strong attacks were tried, which find at the audited epsilon ' +
    'what all find. Bars are 95 % intervals.',

  applies: (results, [model]) => linesOf(results, model).length > 0,

  shows(results, [model]) {
    const { curve, cleanAccuracy } = model;
    const ends = curve.filter(({ robustAccuracy }) => robustAccuracy.value !== null);
    if (cleanAccuracy.value === null || ends.length === 0) return [];
    const said = ends
      .map((p) => `${percent(p.robustAccuracy.value)} at ${equals('ε', p.epsilon)}`)
      .join(', ');
    const guess = ends.find(
      (p) => p.robustAccuracy.high !== null && p.robustAccuracy.high <= 1 / results.data.classes,
    );
    return [
      `Without an attack ${rateText(cleanAccuracy)} are classified correctly; against all attacks together ` +
        `${said}.`,
      ...(guess ? [`From ${equals('ε', guess.epsilon)} on, that is no better than guessing.`] : []),
    ];
  },

  spec: (results, [model]) => robustLines(results, linesOf(results, model)),
};
