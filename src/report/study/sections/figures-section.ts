import type { Results } from '../../../node/apps/study/study-schema.js';
import { html, type Markup, trusted } from '../../kit/markup.js';
import { figureName, figures, paperFigure } from '../figures/index.js';
import type { FigureSection, PaperFigure } from '../figures/study-figure.js';

/** The drawn figures of one part of the report; figures without an SVG or without data are left out. */
export function figureCards(
  results: Results,
  part: FigureSection,
  svgs: ReadonlyMap<string, string>,
): Markup[] {
  return figures.flatMap((figure) => {
    const svg = svgs.get(figureName(figure, results));
    if (figure.section !== part || svg === undefined || !figure.applies(results)) return [];
    return [
      html`<figure id="figure-${figure.id}">
<h3>${figure.title}${tag(paperFigure(figure, results))}</h3>
<div class="canvas">${trusted(svg)}</div>
<figcaption><p><b>How to read this.</b> ${figure.howToRead(results)}</p>${shows(figure.shows(results))}</figcaption>
</figure>`,
    ];
  });
}

const tag = (paper: PaperFigure | undefined): Markup | undefined =>
  paper && html` <span class="tag">paper: Fig. ${paper.number}${paper.of && `, there of ${paper.of}`}</span>`;

function shows(sentences: readonly string[]): Markup | undefined {
  if (sentences.length === 0) return undefined;
  if (sentences.length === 1) return html`<p><b>What it shows here.</b> ${sentences[0]}</p>`;
  return html`<p><b>What it shows here.</b></p><ul>${sentences.map((s) => html`<li>${s}</li>`)}</ul>`;
}
