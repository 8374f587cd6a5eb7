import type { Results } from '../../studies/results.js';
import type { FigureSection } from '../figures/figure.js';
import { figures } from '../figures/index.js';
import { html, type Markup, trusted } from '../markup.js';

/** The drawn figures of one part of the report; figures without an SVG or without data are left out. */
export function figureCards(results: Results, part: FigureSection, svgs: ReadonlyMap<string, string>): Markup[] {
  return figures.flatMap((figure) => {
    const svg = svgs.get(figure.id);
    if (figure.section !== part || svg === undefined || !figure.applies(results)) return [];
    return [
      html`<figure id="${figure.id}">
<h3>${figure.title}${figure.paper && html` <span class="tag">paper: Fig. ${figure.paper}</span>`}</h3>
<div class="canvas">${trusted(svg)}</div>
<figcaption><p><b>How to read this.</b> ${figure.howToRead}</p>${shows(figure.shows(results))}</figcaption>
</figure>`,
    ];
  });
}

function shows(sentences: readonly string[]): Markup | undefined {
  if (sentences.length === 0) return undefined;
  if (sentences.length === 1) return html`<p><b>What it shows here.</b> ${sentences[0]}</p>`;
  return html`<p><b>What it shows here.</b></p><ul>${sentences.map((s) => html`<li>${s}</li>`)}</ul>`;
}
