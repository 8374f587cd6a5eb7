import type { AuditedModel } from '../../../core/evaluation/audit-schema.js';
import {
  auditFindings,
  type FindingKind,
  findingKinds,
  severities,
} from '../../../core/evaluation/findings/index.js';
import { chip } from '../../kit/chips.js';
import { sentences } from '../../kit/lists.js';
import { html, type Insert, type Markup } from '../../kit/markup.js';
import { together } from '../../kit/number-text.js';
import { bar, rateLines } from '../../kit/tables.js';
import { SEVERITIES } from '../audit-wording.js';
import { type FindingGroup, groupedFindings } from '../select-trials.js';

const KINDS: Readonly<Record<string, FindingKind>> = findingKinds;

/** What speaks against the numbers of a model, by severity. */
export function findings(model: AuditedModel): Markup {
  const groups = groupedFindings(model.findings, severities);
  if (groups.length === 0)
    return html`<h3>Findings</h3>
<p>None of the ${Object.keys(auditFindings).length} signs of hidden gradients and failed attacks was
found.</p>`;
  const given = severities.filter((s) => groups.some((g) => g.severity === s));
  return html`<h3>Findings</h3>
<p class="soft">Signs that a number does not mean what it seems to mean, by severity: ${separated(
    '; ',
    given.map((s) => html`<b>${s}</b>: ${SEVERITIES[s].meaning}`),
  )}.</p>
${groups.map(card)}`;
}

const separated = (separator: string, items: readonly Markup[]): Insert[] =>
  items.map((item, i) => html`${i > 0 && separator}${item}`);

function card(group: FindingGroup): Markup {
  const { look, sign } = SEVERITIES[group.severity];
  const explains = KINDS[group.id]?.explains;
  const rates = group.numbers.map(
    ({ label, rate }) =>
      html`<div><dt>${label}</dt><dd>${bar(rate, look)}<span>${rateLines(rate)}</span></dd></div>`,
  );
  const seen = separated(
    ', ',
    group.trials.map((trial) => html`<code>${trial}</code>`),
  );
  return html`<article class="finding ${look}">
<h4>${chip(look, sign, group.severity)} ${group.title}</h4>
${sentences(group.texts.map(together))}
${rates.length > 0 && html`<dl class="rates">${rates}</dl>`}
${explains && html`<p class="soft">${explains}</p>`}
<p class="next"><b>What to do.</b> ${group.next}</p>
<p class="soft">${seen.length > 0 && html`Seen in ${seen}. `}Source: ${group.source}.</p>
</article>`;
}
