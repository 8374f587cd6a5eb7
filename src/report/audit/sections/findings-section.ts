import type { AuditedModel } from '../../../core/evaluation/audit-schema.js';
import {
  auditFindings,
  type FindingKind,
  findingKinds,
  severities,
} from '../../../core/evaluation/findings/index.js';
import { html, type Markup } from '../../kit/markup.js';
import { together } from '../../kit/number-text.js';
import { SEVERITIES } from '../audit-wording.js';
import { type FindingGroup, groupedFindings } from '../select-trials.js';
import { bar, rateLines } from './cells-section.js';

/** What speaks against the numbers of a model, the gravest first. */
export function findings(model: AuditedModel): Markup {
  const groups = groupedFindings(model.findings, severities);
  if (groups.length === 0)
    return html`<h3>Findings</h3><p>None of the ${Object.keys(auditFindings).length} signs of hidden gradients and failed attacks that were looked for is there.</p>`;
  return html`<h3>Findings</h3>
<p class="soft">Signs that a number does not mean what it seems to mean, the gravest first: ${severities
    .filter((s) => groups.some((g) => g.severity === s))
    .map((s, i) => html`${i > 0 && '; '}<b>${s}</b>: ${SEVERITIES[s].meaning}`)}.</p>
${groups.map(card)}`;
}

function card(group: FindingGroup): Markup {
  const { chip, sign } = SEVERITIES[group.severity];
  const kinds: Readonly<Record<string, FindingKind>> = findingKinds;
  const explains = kinds[group.id]?.explains;
  return html`<article class="finding ${chip}">
<h4><span class="chip ${chip}">${sign} ${group.severity}</span> ${group.title}</h4>
${group.texts.length === 1 ? html`<p>${together(group.texts[0]!)}</p>` : html`<ul>${group.texts.map((text) => html`<li>${together(text)}</li>`)}</ul>`}
${
  group.numbers.length > 0 &&
  html`<dl class="rates">${group.numbers.map(
    ({ label, rate }) =>
      html`<div><dt>${label}</dt><dd>${bar(rate, chip)}<span>${rateLines(rate)}</span></dd></div>`,
  )}</dl>`
}
${explains && html`<p class="soft">${explains}</p>`}
<p class="next"><b>What to do.</b> ${group.next}</p>
<p class="soft">${group.trials.length > 0 && html`Seen in ${group.trials.map((t, i) => html`${i > 0 && ', '}<code>${t}</code>`)}. `}Source: ${group.source}.</p>
</article>`;
}
