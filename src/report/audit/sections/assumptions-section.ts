import { listed } from '../../../core/base/text/index.js';
import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { tag } from '../../kit/chips.js';
import { facts, folded, sentences } from '../../kit/lists.js';
import { html, type Markup } from '../../kit/markup.js';
import { enumerate, integer, rateText, together } from '../../kit/number-text.js';
import { section } from '../../kit/page.js';
import { number, numberCell, table } from '../../kit/tables.js';

type Format = AuditedModel['format'];

/**
 * The input format of the models and what was wrong with the data: without it no number of the report means
 * anything.
 */
export function assumptions(results: AuditResults): Markup {
  const { data, models } = results;
  const keys = [...new Set(models.map(({ format }) => JSON.stringify(format)))];
  const groups = keys.map((key) => models.filter(({ format }) => JSON.stringify(format) === key));
  const { warnings } = data;
  return section(
    'assumptions',
    'What was assumed',
    html`<p>A model whose images are not in the format that it was trained on is wrong from the start, and
robustness then means nothing. The numbers of this report hold if the following does.</p>`,
    groups.flatMap((own) => formatBlock(own, groups.length > 1) ?? []),
    html`<h3>The data</h3>
<p>${data.name}, from <code>${data.source}</code>: ${integer(data.available)} test images in
${integer(data.classes)} classes${classes(data.classNames)}; ${integer(data.attacked)} of them attacked.</p>`,
    warnings.length > 0 &&
      html`<div class="note"><b>${warnings.length === 1 ? 'A warning' : 'Warnings'} about the data</b>
<ul>${warnings.map((w) => html`<li>${w}</li>`)}</ul></div>`,
  );
}

/** Names of classes that are listed. */
const MAX_NAMES = 12;

const classes = (names: readonly string[]): string => {
  if (names.length === 0) return '';
  return ` (${names.length > MAX_NAMES ? listed(names, MAX_NAMES, ', ') : enumerate(names)})`;
};

function formatBlock(models: readonly AuditedModel[], named: boolean): Markup | undefined {
  const [first] = models;
  if (!first) return undefined;
  const { format } = first;
  const title = named ? enumerate(models.map((m) => m.id)) : 'The input of the model';
  return html`<h3>${title} ${tag(origin(format))}</h3>
${facts([
  ['Layout', format.layout],
  ['Values', format.preprocessing],
  ['Class order', format.labels],
])}
${
  format.sentences.length > 0 &&
  html`<div class="sentences">${sentences(format.sentences.map(together))}</div>`
}
${format.candidates.length > 0 && candidates(format)}`;
}

const ORIGINS: Readonly<Record<string, string>> = {
  given: 'as given',
  sidecar: 'from the file beside the model',
  guessed: 'detected by trying: check this',
};

const origin = ({ origin }: Format): string => ORIGINS[origin] ?? origin;

const candidates = ({ candidates }: Format): Markup =>
  folded(
    'What else was tried',
    table(
      ['Format', number('Accuracy with it')],
      candidates.map(
        ({ description, accuracy }) =>
          html`<tr><td>${description}</td>${numberCell(rateText(accuracy))}</tr>`,
      ),
    ),
  );
