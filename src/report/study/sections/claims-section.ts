import type { Results } from '../../../node/apps/study/study-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { together } from '../../kit/number-text.js';

type Claim = Results['claims'][number];

/** Class and sign of each verdict: the sign carries the meaning where colour does not. */
const CHIPS: Readonly<Record<Claim['verdict'], readonly [string, string]>> = {
  reproduced: ['good', '✓'],
  partly: ['mixed', '≈'],
  'not reproduced': ['bad', '✕'],
  'not measured': ['none', '–'],
};

/** The paper's claims, its number and ours side by side. */
export function claims(results: Results): Markup | undefined {
  if (results.claims.length === 0) return undefined;
  return html`<section id="claims"><h2>The paper's claims</h2>
<div class="scroll"><table class="claims">
<thead><tr><th>Fig.</th><th>Claim</th><th>Paper</th><th>Here</th><th>Verdict</th></tr></thead>
<tbody>${results.claims.map(row)}</tbody></table></div></section>`;
}

function row(claim: Claim): Markup {
  const [kind, sign] = CHIPS[claim.verdict];
  return html`<tr><td class="soft" data-name="Figure">${claim.figure}</td>
<td>${claim.statement}${claim.note && html`<small>${claim.note}</small>`}</td>
<td data-name="Paper">${together(claim.paper)}</td><td data-name="Here">${sentences(claim.ours).map((s) => html`<div>${together(s)}</div>`)}</td>
<td><span class="chip ${kind}">${sign} ${claim.verdict}</span></td></tr>`;
}

/** What was measured in several ways, one below the other. */
const sentences = (text: string): string[] => text.split(/(?<=\.) /);
