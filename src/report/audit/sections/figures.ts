import type { AuditedModel, AuditResults } from '../../../audit/results.js';
import { html, type Markup, trusted } from '../../markup.js';
import { type AuditFigure, drawings } from '../figures/figure.js';

/** A drawn figure of one model, or of all; nothing without an SVG or without data. */
export function figureCard(
  results: AuditResults,
  figure: AuditFigure,
  svgs: ReadonlyMap<string, string>,
  model?: AuditedModel,
): Markup | undefined {
  const drawing = drawings(figure, results).find(({ models }) => !model || models[0] === model);
  const svg = drawing && svgs.get(drawing.name);
  if (svg === undefined) return undefined;
  const sentences = figure.shows(results, drawing!.models);
  return html`<figure id="figure-${drawing!.name}">
<h3>${figure.title}</h3>
<div class="canvas">${trusted(svg)}</div>
<figcaption>${sentences.length > 0 && html`<p><b>What it shows here.</b> ${sentences.join(' ')}</p>`}
<p class="soft"><b>How to read this.</b> ${figure.howToRead}</p></figcaption>
</figure>`;
}
