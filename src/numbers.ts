/** A non-negative number written `0.25`, `1e-3` or `1/64`; undefined when it is none. */
export function parseFraction(text: string): number | undefined {
  const match = /^(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)(?:\/(\d+\.?\d*))?$/i.exec(text.trim());
  if (!match) return undefined;
  const value = Number(match[1]) / (match[2] === undefined ? 1 : Number(match[2]));
  return Number.isFinite(value) ? value : undefined;
}
