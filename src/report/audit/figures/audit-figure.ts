import type { TopLevelSpec } from 'vega-lite';
import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';

/** The models that a figure is drawn for: the only one, or all. */
export type DrawnModels = readonly [AuditedModel, ...AuditedModel[]];

/** One figure of an audit: a value from results to a Vega-Lite specification that carries its data. */
export interface AuditFigure {
  /** Lower case, digits and hyphens. The name of a drawn figure is `drawings`'. */
  readonly id: string;
  readonly title: string;
  /** Drawn for each model, or once for all of them. */
  readonly of: 'model' | 'audit';
  /** One or two sentences for someone who sees this kind of picture for the first time. */
  readonly howToRead: string;
  /** False when there is nothing to draw. `models`: the one that it is drawn for, or all. */
  applies(results: AuditResults, models: DrawnModels): boolean;
  /** What the picture shows, in sentences made from the numbers. */
  shows(results: AuditResults, models: DrawnModels): string[];
  /** The Vega-Lite specification for these results. */
  spec(results: AuditResults, models: DrawnModels): TopLevelSpec;
}

/** A figure with what it is drawn for. */
export interface Drawing {
  /** Name of the drawn figure, also of its file. */
  readonly name: string;
  readonly figure: AuditFigure;
  readonly models: DrawnModels;
}

/** What a figure has to be drawn for with these results; several models are told apart by number and name. */
export function drawings(figure: AuditFigure, results: AuditResults): Drawing[] {
  const [first, ...others] = results.models;
  if (!first) return [];
  const all: Drawing[] =
    figure.of === 'audit'
      ? [{ name: figure.id, figure, models: [first, ...others] }]
      : results.models.map((model, i) => {
          const number = others.length > 0 ? `-${i + 1}${slug(model.id)}` : '';
          return { name: `${figure.id}${number}`, figure, models: [model] };
        });
  return all.filter((drawing) => figure.applies(results, drawing.models));
}

/** The part of a name that is valid in file names and ids everywhere. */
function slug(id: string): string {
  const text = id
    .toLowerCase()
    .replace(/\.onnx$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return text && `-${text}`;
}
