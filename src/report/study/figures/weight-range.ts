import { PAGE } from '../../../core/base/text/index.js';
import type { Results } from '../../../node/apps/study/study-schema.js';

export type Weights = Results['weights'][number];

export interface CentralRange {
  readonly low: number;
  readonly high: number;
  /** What the range holds: `"central 99 %"`, or `"whole range"` when no pair of quantiles was stored. */
  readonly name: string;
}

/** The widest pair of mirrored quantiles short of minimum and maximum, which depend on single weights. */
export function centralRange(weights: Pick<Weights, 'quantiles' | 'min' | 'max'>): CentralRange {
  const known = Object.entries(weights.quantiles).map(([key, value]) => ({ p: Number(key), value }));
  const pairs = known
    .filter(({ p }) => p > 0 && p < 0.5)
    .flatMap((lower) => {
      const upper = known.find(({ p }) => Math.abs(p - (1 - lower.p)) < 1e-9);
      return upper ? [{ lower, upper }] : [];
    })
    .sort((a, b) => a.lower.p - b.lower.p);
  const widest = pairs[0];
  if (!widest) return { low: weights.min, high: weights.max, name: 'whole range' };
  const share = Number((100 * (1 - 2 * widest.lower.p)).toPrecision(4));
  return { low: widest.lower.value, high: widest.upper.value, name: `central ${share}${PAGE.space}%` };
}
