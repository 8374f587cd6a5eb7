import { folded, sentences } from './lists.js';
import { html, type Insert, type Markup, trusted } from './markup.js';

export interface FramedFigure {
  /** Name of the figure, unique in the page. */
  readonly name: string;
  readonly title: string;
  /** Beside the title. */
  readonly remark?: Insert;
  readonly svg: string;
  /** What the picture shows with these results. */
  readonly shows: readonly string[];
  /** For someone who sees this kind of picture for the first time. */
  readonly howToRead: string;
  /** Whether the page has explained this kind of picture before: then the explanation is folded. */
  readonly again?: boolean;
}

/** A drawn figure with its caption. */
export const figureFrame = (figure: FramedFigure): Markup => {
  const { name, title, remark, svg, shows, howToRead, again } = figure;
  return html`<figure id="figure-${name}">
<h3>${title}${remark}</h3>
<div class="canvas">${trusted(svg)}</div>
<figcaption>${shows.length > 0 && captioned(shows)}
${
  again
    ? folded('How to read this', html`<p class="soft">${howToRead}</p>`)
    : html`<p class="soft"><b>How to read this.</b> ${howToRead}</p>`
}</figcaption>
</figure>`;
};

const captioned = (shows: readonly string[]): Markup =>
  shows.length === 1
    ? html`<p><b>What it shows here.</b> ${shows[0]}</p>`
    : html`<p><b>What it shows here.</b></p>${sentences(shows)}`;
