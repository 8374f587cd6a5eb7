import type { AuditResults } from '../../../core/evaluation/audit-schema.js';
import { renderSvg } from '../../kit/svg.js';
import { type AuditFigure, drawings } from './audit-figure.js';
import { curves } from './curves.js';
import { models } from './models.js';
import { strengths } from './strengths.js';

/** All figures of an audit, in the order of the report. A new figure is one file and one line here. */
export const figures: readonly AuditFigure[] = [strengths, curves, models];

export { type AuditFigure, type Drawing, drawings } from './audit-figure.js';

/** Draws every figure that these results have data for: name (also a good file name) to standalone SVG. */
export async function auditFigures(results: AuditResults): Promise<Map<string, string>> {
  const drawn = new Map<string, string>();
  // One after the other: vega is synchronous work, and figures keep the order of the registry.
  for (const { name, figure, models } of figures.flatMap((f) => drawings(f, results))) {
    const [only] = results.models.length > 1 && models.length === 1 ? models : [];
    const description = only ? `${figure.title}: ${only.id}` : figure.title;
    drawn.set(name, await renderSvg(figure.spec(results, models), { id: name, description }));
  }
  return drawn;
}
