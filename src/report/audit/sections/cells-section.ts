import type { Rate } from '../../../core/base/statistics.js';
import type { AuditedModel } from '../../../core/evaluation/audit-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { counts, interval, NOT_MEASURED, percent } from '../../kit/number-text.js';
import { VERDICTS } from '../audit-wording.js';

export const verdictChip = (verdict: AuditedModel['verdict']): Markup =>
  html`<span class="chip ${VERDICTS[verdict].chip}">${VERDICTS[verdict].sign} ${verdict}</span>`;

/** A share as a bar with its 95 % interval; nothing where nothing was counted. */
export function bar({ value, low, high }: Rate, look = 'usual'): Markup | undefined {
  if (value === null || low === null || high === null) return undefined;
  const shares = [value, low, high].map((share) => `${(100 * share).toFixed(1)}%`);
  return html`<span class="bar ${look}" style="--value:${shares[0]};--low:${shares[1]};--high:${shares[2]}"></span>`;
}

/** "52.0 %" over "47.6–56.3, 237 of 456". */
export const rateLines = (rate: Rate | null | undefined): Markup =>
  rate?.value == null
    ? html`<span class="soft">${NOT_MEASURED}</span>`
    : html`<b>${percent(rate.value)}</b><small class="range">${interval(rate)}</small><small class="range">${counts(rate)}</small>`;

/** Where a model's own section begins. */
export const anchor = (index: number): string => `model-${index + 1}`;
