/** A share with its count and 95 % Wilson interval; `value` is null when nothing was counted. */
export interface Rate {
  readonly count: number;
  readonly total: number;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

const Z95 = 1.959963984540054;

/**
 * `count` out of `total` with its 95 % Wilson score interval (Wilson 1927), which stays inside [0, 1] and
 * remains honest near 0 and 1, where adversarial success rates live.
 */
export function rate(count: number, total: number): Rate {
  if (total === 0) return { count, total, value: null, low: null, high: null };
  const p = count / total;
  const z2 = Z95 * Z95;
  const centre = (p + z2 / (2 * total)) / (1 + z2 / total);
  const half = (Z95 / (1 + z2 / total)) * Math.sqrt((p * (1 - p)) / total + z2 / (4 * total * total));
  return {
    count,
    total,
    value: p,
    // Rounding must not push the interval off a certain 0 or 1.
    low: count === 0 ? 0 : Math.max(0, centre - half),
    high: count === total ? 1 : Math.min(1, centre + half),
  };
}
