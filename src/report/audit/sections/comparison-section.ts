import { holmLevel, SIGNIFICANCE } from '../../../core/base/statistics.js';
import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { verdictChip } from '../../kit/chips.js';
import { html, type Markup } from '../../kit/markup.js';
import { byteSize, integer } from '../../kit/number-text.js';
import { section } from '../../kit/page.js';
import { namedRow, number, numberCell, rateCell, table } from '../../kit/tables.js';
import { seriesLook } from '../../kit/theme.js';
import { boundText } from '../audit-wording.js';
import { figureCard } from '../figures/figure-card.js';
import { models as modelsFigure } from '../figures/models.js';
import { strongestOf } from '../select-trials.js';
import { transferTable } from './transfer-section.js';

/** Several models side by side. */
export function comparison(results: AuditResults, figures: ReadonlyMap<string, string>): Markup | undefined {
  const { models } = results;
  if (models.length < 2) return undefined;
  const columns = [
    'Model',
    'Verdict',
    number(html`Clean<br>accuracy`),
    number(html`Robust accuracy,<br>${boundText(results)}`),
    number(html`Fooled by the<br>strongest attack`),
    number(html`Numbers<br>stored`),
    number('File'),
  ];
  return section(
    'comparison',
    'The models side by side',
    table(
      columns,
      models.map((model, i) => row(results, model, i)),
      'dense',
    ),
    figureCard(results, modelsFigure, figures),
    pairs(results),
    transferTable(results),
  );
}

function row(results: AuditResults, model: AuditedModel, index: number): Markup {
  const best = strongestOf(results, model);
  return html`<tr>${namedRow(model.id, seriesLook(index).colour, model.reshapings.join(', '))}
<td>${verdictChip(model.verdict)}</td>
${rateCell(model.cleanAccuracy)}${rateCell(model.robustAccuracy)}${rateCell(best?.fooled, '', best?.trial.id)}
${numberCell(integer(model.parameters))}${numberCell(byteSize(model.bytes))}</tr>`;
}

type Comparison = AuditResults['comparisons'][number];

/** Which of two models is robust to more, by the inputs on which they differ. */
function pairs({ comparisons }: AuditResults): Markup | undefined {
  if (comparisons.length === 0) return undefined;
  // Among many pairs, one is soon surprising by chance.
  const line = holmLevel(comparisons.map(({ p }) => p));
  const together = `${SIGNIFICANCE} for all ${comparisons.length} pairs together, by Holm's correction`;
  const where = comparisons.length > 1 ? `${probability(line)} (${together})` : SIGNIFICANCE;
  const columns = [
    'Model',
    'compared with',
    number('Only the first is robust'),
    number('Only the second is robust'),
    number('p'),
    'The first',
  ];
  return html`<h3>Is the difference more than chance?</h3>
<p>All models met the same inputs, so two of them differ only where no attack fools one and some attack fools
the other. The exact McNemar test says how probable such numbers were if both were equally robust; a
difference is called shown below
${where}.</p>
${table(
  columns,
  comparisons.map((c) => pairRow(c, line)),
)}`;
}

function pairRow({ model, reference, onlyModel, onlyReference, p }: Comparison, line: number): Markup {
  const shown = onlyModel > onlyReference ? 'is more robust' : 'is less robust';
  return html`<tr><th scope="row">${model}</th><td>${reference}</td>
${numberCell(integer(onlyModel))}${numberCell(integer(onlyReference))}${numberCell(probability(p))}
<td>${p >= line ? 'no difference shown' : shown}</td></tr>`;
}

/** Smaller p values are not told apart. */
const MIN_P = 0.0001;

const probability = (p: number): string => (p < MIN_P ? `< ${MIN_P}` : String(Number(p.toPrecision(2))));
