import type { TopLevelSpec } from 'vega-lite';
import type { Rate } from '../../../core/base/statistics.js';
import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import type { ModelStyle } from '../../kit/theme.js';
import { type LinePoint, linePanel } from '../../study/figures/line-chart.js';
import { normName } from '../audit-wording.js';
import { landmarks } from './landmarks.js';

/** One line of robust accuracy, by rising epsilon. */
export interface RobustLine extends ModelStyle {
  readonly points: readonly { readonly epsilon: number; readonly robustAccuracy: Rate }[];
}

/** A line begins where nothing may change: robust accuracy is then the clean one, of the same inputs. */
export function fromZero(
  { cleanAccuracy }: AuditedModel,
  points: RobustLine['points'],
): RobustLine['points'] {
  const fits =
    points.length > 0 && points.every((p) => p.robustAccuracy.total === cleanAccuracy.total && p.epsilon > 0);
  return fits ? [{ epsilon: 0, robustAccuracy: cleanAccuracy }, ...points] : points;
}

const known = ({ robustAccuracy: { value, low, high } }: RobustLine['points'][number]): boolean =>
  value !== null && low !== null && high !== null;

/** A line needs two ends. */
export const isDrawable = ({ points }: Pick<RobustLine, 'points'>): boolean =>
  points.filter(known).length > 1;

/** Robust accuracy over epsilon, with what guessing gives and the audited epsilon. */
export function robustLines(results: AuditResults, lines: readonly RobustLine[]): TopLevelSpec {
  const points = lines.flatMap(({ points, name, colour, textColour, lineWidth }) =>
    points.filter(known).map(({ epsilon, robustAccuracy: { value, low, high } }): LinePoint => {
      const look = { series: name, colour, textColour, lineWidth };
      return { ...look, x: epsilon, y: 100 * value!, low: 100 * low!, high: 100 * high! };
    }),
  );
  const ticks = [...new Set([0, ...points.map((p) => p.x)])].sort((a, b) => a - b);
  return linePanel({
    points,
    x: { title: `Epsilon, ${normName(results.norm)}`, ticks, domain: [0, Math.max(...ticks)] },
    y: { title: 'Robust accuracy (%)', domain: [0, 100] },
    width: 520,
    height: 300,
    labelLimit: 250,
    behind: (axes) => landmarks(results, axes),
  }) as TopLevelSpec;
}
