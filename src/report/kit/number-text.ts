import { formatEpsilon } from '../../core/base/numbers.js';
import type { MeanRate } from '../../core/base/statistics.js';
import type { Rate, Results } from '../../node/apps/study/study-schema.js';

const NBSP = '\u00a0';

export const NOT_MEASURED = 'not measured';

/** A share in [0, 1] as `"87.0 %"`; null as "not measured". */
export function percent(value: number | null, digits = 1): string {
  return value === null ? NOT_MEASURED : `${(100 * value).toFixed(digits)}${NBSP}%`;
}

/** Text in which no number is parted from its percent sign. */
export const together = (text: string): string => text.replaceAll(' %', `${NBSP}%`);

/** The 95 % interval of a rate as `"85.1–88.7"` in percent, or an empty string when nothing was counted. */
export function interval(rate: Rate | MeanRate, digits = 1): string {
  if (rate.low === null || rate.high === null) return '';
  return `${(100 * rate.low).toFixed(digits)}–${(100 * rate.high).toFixed(digits)}`;
}

/** `"870 of 1,000"`. */
export function counts(rate: Rate): string {
  return `${integer(rate.count)} of ${integer(rate.total)}`;
}

/** A rate in running text: `"87.0 % (95 % interval 84.8–88.9)"`. */
export function rateText(rate: Rate | MeanRate, digits = 1): string {
  if (rate.value === null) return NOT_MEASURED;
  return `${percent(rate.value, digits)} (95${NBSP}% interval ${interval(rate, digits)})`;
}

export function integer(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** A budget, coefficient or weight without trailing noise, with a real minus: `0.1`, `8/255`, `−0.0314`. */
export function short(value: number): string {
  return formatEpsilon(value).replaceAll('-', '−');
}

/** File size in binary units, as file managers show it. */
export function bytes(value: number): string {
  if (value < 1024) return `${value}${NBSP}B`;
  if (value < 1024 ** 2) return `${(value / 1024).toFixed(1)}${NBSP}KiB`;
  return `${(value / 1024 ** 2).toFixed(2)}${NBSP}MiB`;
}

/** `"ε = 0.3"`, kept on one line. */
export function equals(name: string, value: number): string {
  return `${name}${NBSP}=${NBSP}${short(value)}`;
}

/** How much smaller the stored weights are: `"1/64"` for a rate of 0.0156. */
export function storedRatio(parameters: Results['models'][number]['parameters']): string {
  const ratio = parameters.virtual / parameters.stored;
  return ratio < 1.05 ? '1' : `1/${ratio < 10 ? ratio.toFixed(1).replace(/\.0$/, '') : Math.round(ratio)}`;
}

/** `"a"`, `"a and b"`, `"a, b and c"`; with semicolons where an item has a comma of its own: `"a, b; c; and d"`. */
export function enumerate(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  const [first, last] = [items.slice(0, -1), items.at(-1)];
  return items.some((item) => item.includes(', '))
    ? `${first.join('; ')}; and ${last}`
    : `${first.join(', ')} and ${last}`;
}

/** Lowest and highest of some shares: `"71.2 %"` or `"71.2–88.0 %"`. */
export function span(values: readonly number[], digits = 1): string {
  if (values.length === 0) return NOT_MEASURED;
  const low = (100 * Math.min(...values)).toFixed(digits);
  const high = (100 * Math.max(...values)).toFixed(digits);
  return `${low === high ? low : `${low}–${high}`}${NBSP}%`;
}

/** Several rates at once, from the lowest end of an interval to the highest: `"71.2–88.0 % (95 % intervals 68.3–90.1)"`. */
export function spanText(rates: readonly Rate[], digits = 1): string {
  const known = rates.filter((r) => r.value !== null);
  if (known.length === 0) return NOT_MEASURED;
  if (known.length === 1) return rateText(known[0]!, digits);
  const ends = [Math.min(...known.map((r) => r.low!)), Math.max(...known.map((r) => r.high!))];
  const values = known.map((r) => r.value!);
  return `${span(values, digits)} (95${NBSP}% intervals ${ends.map((e) => (100 * e).toFixed(digits)).join('–')})`;
}

/** ISO 8601 time to the minute in UTC, or the text itself when it is no time. */
export function time(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `"10⁻¹⁵"`. */
export function powerOfTen(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((d) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(d)]).join('');
  return exponent === 0 ? '1' : `10${exponent < 0 ? '⁻' : ''}${digits}`;
}

/** `"3 · 10⁻¹⁵"`. */
export function scientific(value: number): string {
  const [digits = '', exponent = '0'] = value.toExponential(0).split('e');
  return value === 0 ? '0' : `${digits}${NBSP}·${NBSP}${powerOfTen(Number(exponent))}`;
}
