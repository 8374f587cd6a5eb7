import type { Results } from '../../../node/apps/study/study-schema.js';
import { type ChipLook, chip } from '../../kit/chips.js';
import { html, type Markup } from '../../kit/markup.js';
import { together } from '../../kit/number-text.js';
import { section } from '../../kit/page.js';
import { table } from '../../kit/tables.js';

type Claim = Results['claims'][number];

const LOOKS = {
  reproduced: ['good', '✓'],
  partly: ['mixed', '≈'],
  'not reproduced': ['bad', '✕'],
  'not measured': ['none', '–'],
} as const satisfies Readonly<Record<Claim['verdict'], readonly [ChipLook, string]>>;

/** The paper's claims, its number and ours side by side. */
export const claims = (results: Results): Markup | undefined =>
  results.claims.length === 0
    ? undefined
    : section(
        'claims',
        "The paper's claims",
        table(['Fig.', 'Claim', 'Paper', 'Here', 'Verdict'], results.claims.map(row), 'claims stacked'),
      );

function row({ figure, statement, note, paper, ours, verdict }: Claim): Markup {
  const [look, sign] = LOOKS[verdict];
  return html`<tr><td class="soft" data-name="Figure">${figure}</td>
<td>${statement}${note && html`<small>${note}</small>`}</td>
<td data-name="Paper">${together(paper)}</td>
<td data-name="Here">${separate(ours).map((s) => html`<div>${together(s)}</div>`)}</td>
<td>${chip(look, sign, verdict)}</td></tr>`;
}

/** What was measured in several ways, one below the other. */
const separate = (text: string): string[] => text.split(/(?<=\.) /);
