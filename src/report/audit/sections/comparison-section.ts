import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { byteSize, integer } from '../../kit/number-text.js';
import { seriesLook } from '../../kit/theme.js';
import { rateCell } from '../../study/sections/models-section.js';
import { boundText } from '../audit-wording.js';
import { models as modelsFigure } from '../figures/models.js';
import { fooledBy, trialOf } from '../select-trials.js';
import { verdictChip } from './cells-section.js';
import { figureCard } from './figures-section.js';
import { transferTable } from './transfer-section.js';

/** Several models side by side. */
export function comparison(results: AuditResults, figures: ReadonlyMap<string, string>): Markup | undefined {
  const { models } = results;
  if (models.length < 2) return undefined;
  return html`<section id="comparison"><h2>The models side by side</h2>
<div class="scroll"><table class="dense">
<thead><tr><th>Model</th><th>Verdict</th><th class="n">Clean<br>accuracy</th><th class="n">Robust accuracy,<br>${boundText(results)}</th>
<th class="n">Fooled by the<br>strongest attack</th><th class="n">Numbers<br>stored</th><th class="n">File</th></tr></thead>
<tbody>${models.map((model, i) => row(results, model, i))}</tbody></table></div>
${figureCard(results, modelsFigure, figures)}
${pairs(results)}
${transferTable(results)}
</section>`;
}

function row(results: AuditResults, model: AuditedModel, index: number): Markup {
  const best = trialOf(model, model.strongest);
  return html`<tr><th scope="row"><i class="dot" style="background:${seriesLook(index).colour}"></i>${model.id}
${model.reshapings.length > 0 && html`<small>${model.reshapings.join(', ')}</small>`}</th><td>${verdictChip(model.verdict)}</td>
${rateCell(model.cleanAccuracy)}${rateCell(model.robustAccuracy)}${rateCell(best && fooledBy(results, best), '', best?.id)}
<td class="n">${integer(model.parameters)}</td><td class="n">${byteSize(model.bytes)}</td></tr>`;
}

const SIGNIFICANT = 0.05;

/** Which of two models withstands more, by the inputs on which they differ. */
function pairs({ comparisons }: AuditResults): Markup | undefined {
  if (comparisons.length === 0) return undefined;
  const several = comparisons.length > 1;
  // Bonferroni: among many pairs, one is soon surprising by chance.
  const line = SIGNIFICANT / comparisons.length;
  const reading = ({ onlyModel, onlyReference, p }: (typeof comparisons)[number]): string => {
    if (p >= line) return 'no difference shown';
    return onlyModel > onlyReference ? 'withstands more' : 'withstands less';
  };
  return html`<h3>Is the difference more than chance?</h3>
<p>All models met the same inputs, so two of them differ only where one withstands everything and the other does not. The exact McNemar test
says how surprising their numbers were if both withstood equally often; we call a difference shown below ${several ? html`0.05 / ${comparisons.length} = ${probability(line)} (so many pairs were compared)` : '0.05'}.</p>
<div class="scroll"><table><thead><tr><th>Model</th><th>compared with</th><th class="n">Only the first withstands</th><th class="n">Only the second withstands</th><th class="n">p</th><th>The first</th></tr></thead>
<tbody>${comparisons.map(
    (
      c,
    ) => html`<tr><th scope="row">${c.model}</th><td>${c.reference}</td><td class="n">${integer(c.onlyModel)}</td><td class="n">${integer(c.onlyReference)}</td>
<td class="n">${probability(c.p)}</td><td>${reading(c)}</td></tr>`,
  )}</tbody></table></div>`;
}

const probability = (p: number): string => (p < 0.0001 ? '< 0.0001' : String(Number(p.toPrecision(2))));
