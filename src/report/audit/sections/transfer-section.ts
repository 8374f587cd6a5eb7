import type { AuditResults } from '../../../core/evaluation/audit-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { enumerate, equals, integer, percent } from '../../kit/number-text.js';
import { heatCell, tableFrame } from '../../kit/tables.js';
import { betterSources } from '../select-trials.js';

type Transfer = NonNullable<AuditResults['transfer']>;

/** Rows are the models whose gradient was followed, columns those that were attacked. */
export function transferTable(results: AuditResults): Markup | undefined {
  const { transfer, models } = results;
  if (!transfer) return undefined;
  const head = html`<tr><th rowspan="2">Gradient of</th>
<th class="over" colspan="${models.length}">Fooled, of the correctly classified inputs of</th></tr>
<tr>${models.map((m) => html`<th class="n">${m.id}</th>`)}</tr>`;
  const rows = models.map((source, r) => {
    const cells = models.map((_, c) => heatCell(transfer.rows[r]?.[c], r === c ? 'own' : ''));
    return html`<tr><th scope="row">${source.id}</th>${cells}</tr>`;
  });
  return html`<h3>Do adversarial images transfer?</h3>
<p>${sentence(results, transfer)}</p>
${tableFrame(head, html`<tbody>${rows}</tbody>`, 'matrix')}
<p class="soft">${transfer.attack} at ${equals('ε', transfer.epsilon)} on ${integer(transfer.inputs)} inputs;
below each rate its 95 % interval. Framed: a model attacked with its own gradient.</p>`;
}

/** What transfers, and where that says that a gradient is hidden. */
function sentence(results: AuditResults, { rows }: Transfer): string {
  const { models } = results;
  const crossings = models.flatMap((source, r) =>
    models.flatMap((target, c) => {
      const value = rows[r]?.[c]?.value;
      return r !== c && value != null ? [{ source, target, value }] : [];
    }),
  );
  if (crossings.length === 0) return 'No image made for one model could be tried on another.';
  const best = crossings.reduce((most, x) => (x.value > most.value ? x : most));
  const hidden = betterSources(results).map(
    ({ model, source, own, other }) =>
      `the gradient of ${source.id} fools ${percent(other.value)} of ${model.id}, its own only ` +
      `${percent(own.value)}`,
  );
  const start =
    `An attacker without your model can train a similar one. Images made for ${best.source.id} transfer ` +
    `best: they fool ${percent(best.value)} of what ${best.target.id} classifies correctly.`;
  return hidden.length > 0
    ? `${start} A model's own gradient should fool it most often. Where it does not, it is hidden: ` +
        `${enumerate(hidden)}.`
    : `${start} No model is fooled clearly more often by the gradient of another than by its own, as it ` +
        `should be.`;
}
