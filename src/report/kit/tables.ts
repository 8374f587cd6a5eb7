import type { Rate } from '../../core/base/statistics.js';
import { html, type Insert, type Markup } from './markup.js';
import { counts, interval, NOT_MEASURED, percent } from './number-text.js';

/** The heading of a column of numbers, which are aligned to the right. */
export interface NumberColumn {
  readonly number: Insert;
}

export const number = (heading: Insert): NumberColumn => ({ number: heading });

const isNumber = (column: Insert | NumberColumn): column is NumberColumn =>
  typeof column === 'object' && column !== null && 'number' in column;

const headings = (columns: readonly (Insert | NumberColumn)[]): Markup =>
  html`<tr>${columns.map((column) =>
    isNumber(column) ? html`<th class="n">${column.number}</th>` : html`<th>${column}</th>`,
  )}</tr>`;

/** A table that scrolls in its own frame where the page is narrower. */
export const tableFrame = (head: Markup, body: Insert, look = ''): Markup =>
  html`<div class="scroll"><table class="${look}">
<thead>${head}</thead>
${body}</table></div>`;

/** @param rows of one body */
export const table = (
  columns: readonly (Insert | NumberColumn)[],
  rows: readonly Markup[],
  look = '',
): Markup => tableFrame(headings(columns), html`<tbody>${rows}</tbody>`, look);

/** Rows under a common heading, as a body of their own. */
export interface RowGroup {
  readonly title: Insert;
  readonly hint: Insert;
  readonly rows: readonly Markup[];
}

export const groupedTable = (
  columns: readonly (Insert | NumberColumn)[],
  groups: readonly RowGroup[],
  look = '',
): Markup => tableFrame(headings(columns), rowGroups(groups, columns.length), look);

export const rowGroups = (groups: readonly RowGroup[], columns: number): Markup[] =>
  groups.map(
    ({
      title,
      hint,
      rows,
    }) => html`<tbody><tr class="group"><th colspan="${columns}" scope="rowgroup">${title}
<span>${hint}</span></th></tr>${rows}</tbody>`,
  );

export const numberCell = (value: Insert, look = ''): Markup => html`<td class="n ${look}">${value}</td>`;

/** The name of a row beside its colour in the figures. */
export const namedRow = (name: string, colour: string, note?: Insert): Markup =>
  html`<th scope="row"><i class="dot" style="background:${colour}"></i>${name}${
    note && html`<small>${note}</small>`
  }</th>`;

/** A rate over its interval, over the name of what it is of. */
export function rateCell(rate: Rate | null | undefined, look = '', name = ''): Markup {
  if (rate?.value == null) return numberCell(NOT_MEASURED, 'soft');
  const range = html`<small class="range">${interval(rate)}</small>`;
  return numberCell(html`${percent(rate.value)}${range}${name && html`<small>${name}</small>`}`, look);
}

/** The same on a ground that is the stronger the higher the rate. */
export function heatCell(rate: Rate | null | undefined, look = ''): Markup {
  if (rate?.value == null) return numberCell(NOT_MEASURED, `soft ${look}`);
  return html`<td class="n heat ${look}" style="--share:${rate.value.toFixed(3)}">${percent(rate.value)}
<small>${interval(rate)}</small></td>`;
}

/** `52.0 %` over `47.6–56.3` over `237 of 456`. */
export const rateLines = (rate: Rate | null | undefined): Markup =>
  rate?.value == null
    ? html`<span class="soft">${NOT_MEASURED}</span>`
    : html`<b>${percent(rate.value)}</b><small class="range">${interval(rate)}</small>
<small class="range">${counts(rate)}</small>`;

/** A share as a bar with its 95 % interval; nothing where nothing was counted. */
export function bar({ value, low, high }: Rate, look: string): Markup | undefined {
  if (value === null || low === null || high === null) return undefined;
  const [at, from, to] = [value, low, high].map((share) => `${(100 * share).toFixed(1)}%`);
  return html`<span class="bar ${look}" style="--value:${at};--low:${from};--high:${to}"></span>`;
}
