import type { AuditResults } from '../../../core/evaluation/audit-schema.js';
import { percent } from '../../kit/number-text.js';
import { seriesLook } from '../../kit/theme.js';
import type { AuditFigure } from './audit-figure.js';
import { fromZero, isDrawable, type RobustLine, robustLines } from './lines.js';

const linesOf = ({ models }: AuditResults): RobustLine[] =>
  models
    .map((model, i) => ({ name: model.id, ...seriesLook(i), points: fromZero(model, model.curve) }))
    .filter(isDrawable);

/** All models side by side, each against everything that was tried on it. */
export const models: AuditFigure = {
  id: 'models',
  title: 'Robust accuracy of the models against all attacks together',
  of: 'audit',
  howToRead:
    'Further right the attacker may change more. Each line is one model: the share of inputs that it ' +
    'classifies correctly and that no attack fools. At the audited epsilon more attacks were tried than ' +
    'elsewhere, so lines may bend there; a line has points only where strong attacks were tried that find ' +
    'at the audited epsilon what all find. Bars are 95 % intervals; all models met the same inputs.',

  applies: (results) => results.models.length > 1 && linesOf(results).length > 0,

  shows({ models }) {
    const measured = models.filter((m) => m.robustAccuracy.value !== null);
    if (measured.length < 2) return [];
    const sorted = [...measured].sort(
      (a, b) => (b.robustAccuracy.value ?? 0) - (a.robustAccuracy.value ?? 0),
    );
    const said = sorted.map((m) => `${m.id} ${percent(m.robustAccuracy.value)}`).join(', ');
    return [`Robust accuracy at the audited epsilon, highest first: ${said}.`];
  },

  spec: (results) => robustLines(results, linesOf(results)),
};
