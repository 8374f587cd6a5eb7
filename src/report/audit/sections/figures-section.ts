import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { html, type Markup, trusted } from '../../kit/markup.js';
import { type AuditFigure, drawings } from '../figures/audit-figure.js';

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
${howToRead(figure, model !== undefined && model !== results.models[0])}</figcaption>
</figure>`;
}

/** Explained once in full; below the same figure of another model only to whom asks. */
const howToRead = ({ howToRead }: AuditFigure, again: boolean): Markup =>
  again
    ? html`<details><summary>How to read this</summary><p class="soft">${howToRead}</p></details>`
    : html`<p class="soft"><b>How to read this.</b> ${howToRead}</p>`;
