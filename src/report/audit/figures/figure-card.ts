import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { figureFrame } from '../../kit/figure-frame.js';
import type { Markup } from '../../kit/markup.js';
import { type AuditFigure, drawings } from './audit-figure.js';

/** A drawn figure of one model, or of all; nothing without an SVG or without data. */
export function figureCard(
  results: AuditResults,
  figure: AuditFigure,
  svgs: ReadonlyMap<string, string>,
  model?: AuditedModel,
): Markup | undefined {
  const drawing = drawings(figure, results).find(({ models }) => !model || models[0] === model);
  const svg = drawing && svgs.get(drawing.name);
  if (!drawing || svg === undefined) return undefined;
  const { name, models } = drawing;
  const { title, howToRead } = figure;
  const again = model !== undefined && model !== results.models[0];
  return figureFrame({ name, title, svg, shows: figure.shows(results, models), howToRead, again });
}
