import type { AuditResults } from '../../../core/evaluation/audit-schema.js';
import { drawFigures } from '../../kit/draw-figures.js';
import { type AuditFigure, drawings } from './audit-figure.js';
import { curves } from './curves.js';
import { models } from './models.js';
import { strengths } from './strengths.js';

/** All figures of an audit, in the order of the report. A new figure is one file and one line here. */
export const figures = {
  strengths,
  'robust-accuracy': curves,
  models,
} as const satisfies Readonly<Record<string, AuditFigure>>;

export { type AuditFigure, type Drawing, drawings } from './audit-figure.js';

/** Draws every figure that these results have data for: name (also a good file name) to standalone SVG. */
export const auditFigures = (results: AuditResults): Promise<Map<string, string>> =>
  drawFigures(
    Object.values(figures)
      .flatMap((figure) => drawings(figure, results))
      .map(({ name, figure, models }) => {
        const [only] = results.models.length > 1 && models.length === 1 ? models : [];
        const description = only ? `${figure.title}: ${only.id}` : figure.title;
        return { name, description, spec: () => figure.spec(results, models) };
      }),
  );
