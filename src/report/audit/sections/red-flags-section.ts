import type { AuditedModel } from '../../../core/evaluation/audit-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { redFlagLines } from '../audit-plain.js';

/** What was found in the file of a model without running it; nothing where nothing was. */
export function redFlagList(model: Pick<AuditedModel, 'redFlags'>): Markup | false {
  const lines = redFlagLines(model);
  if (lines.length === 0) return false;
  return html`<div class="note"><b>In the file</b>
<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></div>`;
}
