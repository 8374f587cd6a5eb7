import { short } from './number-text.js';

/**
 * Budgets that span more than this are drawn on a logarithmic axis: on a linear one all small ones would be
 * one point.
 */
const WIDE = 20;

export const spansDecades = (values: readonly number[]): boolean =>
  values.length > 1 && Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > WIDE;

/** Of the name of a tick: width of a character, and the smallest distance to the next name, in pixels. */
const [CHARACTER, MIN_GAP] = [6.8, 6];

/**
 * The ticks of a logarithmic axis that are named, so that no two names touch: the most important one, the
 * ends, then the others as they come. The rest stay ticks without a name.
 *
 * @param width of the axis, in pixels
 * @param important named before all others
 */
export function namedTicks(ticks: readonly number[], width: number, important?: number): number[] {
  const [low, high] = [Math.log(Math.min(...ticks)), Math.log(Math.max(...ticks))];
  const at = (tick: number): number => ((Math.log(tick) - low) / (high - low || 1)) * width;
  const widthOf = (tick: number): number => CHARACTER * short(tick).length;
  const [first, last] = [Math.min(...ticks), Math.max(...ticks)];
  const named: number[] = [];
  for (const tick of [...ticks.filter((t) => t === important), first, last, ...ticks]) {
    const free = named.every(
      (other) => Math.abs(at(tick) - at(other)) >= (widthOf(tick) + widthOf(other)) / 2 + MIN_GAP,
    );
    if (free) named.push(tick);
  }
  return named.sort((a, b) => a - b);
}

/** An expression of Vega that writes these ticks as people do (`8/255`), and all others not at all. */
export const tickNames = (ticks: readonly number[]): string =>
  ticks.reduceRight((rest, tick) => `datum.value === ${tick} ? '${short(tick)}' : ${rest}`, `''`);
