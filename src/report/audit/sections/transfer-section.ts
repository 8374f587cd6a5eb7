import type { AuditResults } from '../../../core/evaluation/audit-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { enumerate, equals, integer, interval, NOT_MEASURED, percent } from '../../kit/number-text.js';
import { betterGuides } from '../select-trials.js';

/** Who fools whom: rows are the models whose gradient was followed, columns those that were attacked. */
export function transferTable(results: AuditResults): Markup | undefined {
  const { transfer, models } = results;
  if (!transfer) return undefined;
  return html`<h3>Do adversarial images carry over?</h3>
<p>${sentence(results)}</p>
<div class="scroll"><table class="matrix">
<thead><tr><th rowspan="2">Gradient of</th><th class="over" colspan="${models.length}">Fooled, of the correctly classified inputs of</th></tr>
<tr>${models.map((m) => html`<th class="n">${m.id}</th>`)}</tr></thead>
<tbody>${models.map((source, r) => html`<tr><th scope="row">${source.id}</th>${models.map((_, c) => cell(transfer.rows[r]?.[c], r === c))}</tr>`)}</tbody></table></div>
<p class="soft">${transfer.attack} at ${equals('ε', transfer.epsilon)} on ${integer(transfer.inputs)} inputs; below each rate its 95 % interval. Framed: a model attacked by its own gradient.</p>`;
}

type Cell = NonNullable<AuditResults['transfer']>['rows'][number][number] | undefined;

function cell(rate: Cell, own: boolean): Markup {
  const look = own ? ' own' : '';
  if (rate?.value == null) return html`<td class="n soft${look}">${NOT_MEASURED}</td>`;
  return html`<td class="n heat${look}" style="--share:${rate.value.toFixed(3)}">${percent(rate.value)}<small>${interval(rate)}</small></td>`;
}

/** What carries over, and where that says that a gradient is hidden. */
function sentence(results: AuditResults): string {
  const { models, transfer } = results;
  const crossings = models.flatMap((source, r) =>
    models.flatMap((target, c) => {
      const value = transfer!.rows[r]?.[c]?.value;
      return r !== c && value != null ? [{ source, target, value }] : [];
    }),
  );
  if (crossings.length === 0) return 'No image made for one model could be tried on another.';
  const best = crossings.reduce((most, x) => (x.value > most.value ? x : most));
  const guides = betterGuides(results);
  const hidden = guides.map(
    ({ model, guide, own, other }) =>
      `the gradient of ${guide.id} fools ${percent(other.value)} of ${model.id}, its own only ${percent(own.value)}`,
  );
  return `An attacker without your model can train one like it. Images made for ${best.source.id} carry over best: they fool ${percent(best.value)} of what ${best.target.id} classifies correctly. ${
    hidden.length > 0
      ? `A model should be its own best guide. Where it is not, its gradient is hidden: ${enumerate(hidden)}.`
      : 'No model is fooled clearly more often by the gradient of another than by its own, as it should be.'
  }`;
}
