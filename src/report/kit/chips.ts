import type { VerdictName } from '../../core/evaluation/verdict.js';
import { html, type Markup } from './markup.js';

/** Colour of a chip: class of the style sheet. */
export type ChipLook = 'good' | 'mixed' | 'bad' | 'doubt' | 'none';

/** The sign carries the meaning where colour does not. */
export const chip = (look: ChipLook, sign: string, text: string): Markup =>
  html`<span class="chip ${look}">${sign} ${text}</span>`;

interface VerdictLook {
  readonly look: ChipLook;
  readonly sign: string;
}

/** How a verdict looks in every report. */
export const VERDICT_LOOKS = {
  masked: { look: 'mixed', sign: '≈' },
  fooled: { look: 'bad', sign: '✕' },
  robust: { look: 'good', sign: '✓' },
  inconclusive: { look: 'none', sign: '?' },
} as const satisfies Readonly<Record<VerdictName, VerdictLook>>;

export const verdictChip = (verdict: VerdictName): Markup => {
  const { look, sign } = VERDICT_LOOKS[verdict];
  return chip(look, sign, verdict);
};

/** A small remark beside a heading. */
export const tag = (text: string): Markup => html`<span class="tag">${text}</span>`;
