interface Point {
  readonly series: string;
  readonly x: number;
  readonly y: number;
}

export interface Spot {
  readonly side: 'left' | 'right';
  /** Height, in units of y. */
  readonly y: number;
}

/** Heights that are tried, as shares of the axis, best first where it makes no difference. */
const HEIGHTS = [0.06, 0.25, 0.4, 0.6, 0.75];
/** A label this far from every line, as a share of the axis, is as good as one that is farther. */
const CLEAR = 0.12;

/**
 * Where in a panel a line of text meets no line: at its left or right edge.
 *
 * @param width of the text, as a share of the panel's width
 */
export function freeSpot(
  points: readonly Point[],
  domain: { readonly x: readonly [number, number]; readonly y: readonly [number, number] },
  width: number,
): Spot {
  const [left, right] = domain.x;
  const [low, high] = domain.y;
  const series = [...new Set(points.map((p) => p.series))].map((name) =>
    points.filter((p) => p.series === name).sort((a, b) => a.x - b.x),
  );
  const distance = ({ side, y }: Spot): number => {
    const shares = Array.from({ length: 9 }, (_, i) => (i / 8) * Math.min(1, width));
    const xs = shares.map((share) =>
      side === 'left' ? left + share * (right - left) : right - share * (right - left),
    );
    const gaps = series.flatMap((line) =>
      xs.flatMap((x) => heightsAt(line, x).map((at) => Math.abs(at - y))),
    );
    return Math.min(CLEAR, Math.min(...gaps) / (high - low));
  };
  const spots = HEIGHTS.flatMap((share) =>
    (['right', 'left'] as const).map((side): Spot => ({ side, y: low + share * (high - low) })),
  );
  return spots.reduce((best, spot) => (distance(spot) > distance(best) + 1e-9 ? spot : best));
}

/** Heights of a line at x, and none outside of it. */
function heightsAt(line: readonly Point[], x: number): number[] {
  return line.slice(1).flatMap((to, i) => {
    const from = line[i];
    if (!from || x < from.x || x > to.x) return [];
    return [from.y + (to.x === from.x ? 0 : ((x - from.x) / (to.x - from.x)) * (to.y - from.y))];
  });
}
