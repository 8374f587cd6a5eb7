import { formatEpsilon } from '../numbers.js';
import type { MeanRate, Rate } from '../statistics.js';
import { PROSE, type Typography } from './typography.js';

/** What stands behind a rate, in brackets. */
export interface RateText {
  /** Decimals of percentages; default 1. */
  readonly digits?: number;
  /** `123 of 1,000`; default false. */
  readonly counts?: boolean;
  /** The 95 % interval, or with its name for text that nowhere says what the range is; default true. */
  readonly interval?: boolean | 'named';
}

// Made once: `toLocaleString` makes a formatter for every number.
const wholeNumbers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A whole number with separators: `12,345`. */
export const integer = (value: number): string => wholeNumbers.format(value);

/** `870 of 1,000`. */
export const counts = ({ count, total }: Pick<Rate, 'count' | 'total'>): string =>
  `${integer(count)} of ${integer(total)}`;

const decimal = (share: number, digits: number): string => (100 * share).toFixed(digits);

/**
 * The wording of rates, percentages, budgets and sizes in one medium. Every text of a number comes from here.
 */
export function numberText({ space, to, minus, missing }: Typography) {
  /** A share in [0, 1] as `87.0 %`. */
  const percent = (share: number | null | undefined, digits = 1): string =>
    share == null ? missing : `${decimal(share, digits)}${space}%`;

  /** The 95 % interval of a rate as `85.1 to 88.7`, in percent; empty when nothing was counted. */
  const interval = ({ low, high }: Pick<Rate, 'low' | 'high'>, digits = 1): string =>
    low === null || high === null ? '' : `${decimal(low, digits)}${to}${decimal(high, digits)}`;

  /** A rate with what it rests on: `87.0 % (84.8 to 88.9)`, `87.0 % (870 of 1,000; 84.8 to 88.9)`. */
  function rateText(rate: Rate | MeanRate | null | undefined, text: RateText = {}): string {
    if (rate?.value == null) return missing;
    const { digits = 1, interval: shown = true } = text;
    const name = shown === 'named' ? `95${space}% interval ` : '';
    const behind = [
      ...(text.counts && 'count' in rate ? [counts(rate)] : []),
      ...(shown ? [`${name}${interval(rate, digits)}`] : []),
    ];
    return `${percent(rate.value, digits)}${behind.length > 0 ? ` (${behind.join('; ')})` : ''}`;
  }

  /** Lowest and highest of some shares: `71.2 %` or `71.2 to 88.0 %`. */
  function span(shares: readonly number[], digits = 1): string {
    if (shares.length === 0) return missing;
    const [low, high] = [decimal(Math.min(...shares), digits), decimal(Math.max(...shares), digits)];
    return `${low === high ? low : `${low}${to}${high}`}${space}%`;
  }

  /** From the lowest end of some intervals to the highest, in percent; empty without any. */
  function intervalSpan(rates: readonly Rate[], digits = 1): string {
    const [lows, highs] = [rates.flatMap(({ low }) => low ?? []), rates.flatMap(({ high }) => high ?? [])];
    return lows.length === 0 ? '' : interval({ low: Math.min(...lows), high: Math.max(...highs) }, digits);
  }

  /** Several rates at once: `71.2 to 88.0 % (95 % intervals 68.3 to 90.1)`. */
  function spanText(rates: readonly Rate[], digits = 1): string {
    const known = rates.flatMap((rate) => (rate.value === null ? [] : [{ rate, value: rate.value }]));
    const [first] = known;
    if (!first) return missing;
    if (known.length === 1) return rateText(first.rate, { digits, interval: 'named' });
    const ends = intervalSpan(
      known.map(({ rate }) => rate),
      digits,
    );
    return `${span(
      known.map(({ value }) => value),
      digits,
    )} (95${space}% intervals ${ends})`;
  }

  /** A budget, coefficient or weight without trailing noise: `0.1`, `8/255`, `-0.0314`. */
  const short = (value: number): string => formatEpsilon(value).replaceAll('-', minus);

  /** `epsilon = 0.3`, kept on one line where the medium can. */
  const equals = (name: string, value: number): string => `${name}${space}=${space}${short(value)}`;

  /** A size in binary units, as file managers show it: `512 B`, `31.4 KiB`, `1.18 MiB`. */
  function byteSize(bytes: number): string {
    if (bytes < 2 ** 10) return `${bytes}${space}B`;
    if (bytes < 2 ** 20) return `${(bytes / 2 ** 10).toFixed(1)}${space}KiB`;
    return `${(bytes / 2 ** 20).toFixed(2)}${space}MiB`;
  }

  return {
    percent,
    interval,
    intervalSpan,
    counts,
    rateText,
    span,
    spanText,
    short,
    equals,
    integer,
    byteSize,
  };
}

/** Numbers in sentences of JSON, Markdown, findings and errors. */
export const prose = numberText(PROSE);
