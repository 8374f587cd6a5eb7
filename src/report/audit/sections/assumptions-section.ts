import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { enumerate, integer, rateText, together } from '../../kit/number-text.js';

type Format = AuditedModel['format'];

/** How images were handed to the models, and what was wrong with the data: were it not so, no number here would mean anything. */
export function assumptions(results: AuditResults): Markup {
  const { data, models } = results;
  const keys = [...new Set(models.map(({ format }) => JSON.stringify(format)))];
  const groups = keys.map((key) => models.filter(({ format }) => JSON.stringify(format) === key));
  return html`<section id="assumptions"><h2>What was assumed</h2>
<p>A model that is fed images in another way than it was trained with is wrong from the start, and robustness then means nothing. These
numbers hold if the following does.</p>
${groups.map((own) => formatBlock(own, groups.length > 1))}
<h3>The data</h3>
<p>${data.name}, from <code>${data.source}</code>: ${integer(data.available)} test images in ${integer(data.classes)} classes${classes(data.classNames)}; ${integer(data.attacked)} of them attacked.</p>
${data.warnings.length > 0 && html`<div class="note"><b>${data.warnings.length === 1 ? 'A warning' : 'Warnings'} about the data</b><ul>${data.warnings.map((w) => html`<li>${w}</li>`)}</ul></div>`}
</section>`;
}

/** A page has room for so many names of classes. */
const NAMES = 12;

function classes(names: readonly string[]): string {
  if (names.length === 0) return '';
  const shown = names.slice(0, NAMES);
  const more = names.length - shown.length;
  return ` (${more > 0 ? `${shown.join(', ')} and ${more} more` : enumerate(shown)})`;
}

function formatBlock(models: readonly AuditedModel[], named: boolean): Markup {
  const { format } = models[0]!;
  return html`<h3>${named ? enumerate(models.map((m) => m.id)) : 'The input of the model'} <span class="tag">${origin(format)}</span></h3>
<dl class="facts">${fact('Layout', format.layout)}${fact('Values', format.preprocessing)}${fact('Order of classes', format.labels)}</dl>
${format.sentences.length > 0 && html`<ul class="sentences">${format.sentences.map((s) => html`<li>${together(s)}</li>`)}</ul>`}
${format.candidates.length > 0 && candidates(format)}`;
}

const fact = (term: string, text: string): Markup => html`<div><dt>${term}</dt><dd>${text}</dd></div>`;

const ORIGINS: Readonly<Record<string, string>> = {
  given: 'as given',
  sidecar: 'from the file beside the model',
  guessed: 'found by trying: check this',
};

const origin = ({ origin }: Format): string => ORIGINS[origin] ?? origin;

const candidates = ({ candidates }: Format): Markup => html`<details><summary>What else was tried</summary>
<div class="scroll"><table><thead><tr><th>Format</th><th class="n">Accuracy with it</th></tr></thead>
<tbody>${candidates.map((c) => html`<tr><td>${c.description}</td><td class="n">${rateText(c.accuracy)}</td></tr>`)}</tbody></table></div></details>`;
