import type { TopLevelSpec } from 'vega-lite';
import type { Rate } from '../../../core/base/statistics.js';
import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { linePanel, linePoint } from '../../kit/line-chart.js';
import type { SeriesStyle } from '../../kit/theme.js';
import { normName } from '../audit-wording.js';
import { landmarks } from './landmarks.js';

/** One line of robust accuracy, by rising epsilon. */
export interface RobustLine extends SeriesStyle {
  readonly points: readonly { readonly epsilon: number; readonly robustAccuracy: Rate }[];
}

/** A line begins at epsilon 0: robust accuracy is then the clean one, of the same inputs. */
export function fromZero(
  { cleanAccuracy }: AuditedModel,
  points: RobustLine['points'],
): RobustLine['points'] {
  const fits =
    points.length > 0 && points.every((p) => p.robustAccuracy.total === cleanAccuracy.total && p.epsilon > 0);
  return fits ? [{ epsilon: 0, robustAccuracy: cleanAccuracy }, ...points] : points;
}

/** A line needs two ends. */
export const isDrawable = ({ points }: Pick<RobustLine, 'points'>): boolean =>
  points.filter(({ robustAccuracy }) => robustAccuracy.value !== null).length > 1;

/** Robust accuracy over epsilon, with what guessing gives and the audited epsilon. */
export function robustLines(results: AuditResults, lines: readonly RobustLine[]): TopLevelSpec {
  const points = lines.flatMap(({ points, ...style }) =>
    points.flatMap(({ epsilon, robustAccuracy }) => linePoint(style, epsilon, robustAccuracy)),
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
