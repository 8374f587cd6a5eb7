import type { MeanRate, Rate } from '../../core/base/statistics.js';
import { numberText, PAGE } from '../../core/base/text/index.js';

export { duration, enumerate, time } from '../../core/base/text/index.js';

/** Numbers in HTML and SVG. */
const page = numberText(PAGE);

export const { percent, interval, intervalSpan, counts, span, spanText, short, equals, integer, byteSize } =
  page;

export const NOT_MEASURED = PAGE.missing;

/** A rate in running text: `87.0 % (95 % interval 84.8–88.9)`. */
export const rateText = (rate: Rate | MeanRate, digits = 1): string =>
  page.rateText(rate, { digits, interval: 'named' });

/** Text in which no number is parted from its percent sign. */
export const together = (text: string): string => text.replaceAll(' %', `${PAGE.space}%`);

/** `10⁻¹⁵`. */
export function powerOfTen(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((d) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(d)]).join('');
  return exponent === 0 ? '1' : `10${exponent < 0 ? '⁻' : ''}${digits}`;
}

/** `3 · 10⁻¹⁵`. */
export function scientific(value: number): string {
  const [digits = '', exponent = '0'] = value.toExponential(0).split('e');
  return value === 0 ? '0' : `${digits}${PAGE.space}·${PAGE.space}${powerOfTen(Number(exponent))}`;
}
