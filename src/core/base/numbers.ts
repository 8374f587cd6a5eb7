/** A non-negative number written `0.25`, `1e-3` or `1/64`; undefined when it is none. */
export function parseFraction(text: string): number | undefined {
  const match = /^(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)(?:\/(\d+\.?\d*))?$/i.exec(text.trim());
  if (!match) return undefined;
  const value = Number(match[1]) / (match[2] === undefined ? 1 : Number(match[2]));
  return Number.isFinite(value) ? value : undefined;
}

/** Bounds in steps of a pixel are small; a third, 85 of them, is a third. */
const MOST_STEPS = 64;

/**
 * A perturbation bound as people write it: `8/255` for a few whole steps of the 255 of a pixel, `0.1`
 * otherwise.
 */
export function formatEpsilon(value: number): string {
  const steps = Math.round(value * 255);
  const isRound = Math.abs(value * 100 - Math.round(value * 100)) < 1e-9;
  if (!isRound && steps <= MOST_STEPS && Math.abs(value * 255 - steps) < 1e-9) return `${steps}/255`;
  return String(Number(value.toPrecision(3)));
}
