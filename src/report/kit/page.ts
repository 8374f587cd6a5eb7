import { html, type Markup, trusted } from './markup.js';
import { STYLE } from './style/index.js';

/** A part of a report; without a body it is left out. */
export interface Section {
  /** Lower case, digits and hyphens: what links point to. */
  readonly id: string;
  /** Its name in the contents. */
  readonly name: string;
  readonly body: Markup | undefined;
}

export interface Page {
  readonly title: string;
  /** Version of the toolkit. */
  readonly toolkit: string;
  /** What a reader sees first. */
  readonly header: Markup;
  readonly sections: readonly Section[];
  readonly footer: Markup;
}

/**
 * A report as one self-contained HTML page: style, figures and pictures inside; nothing in it is a script or
 * loaded from anywhere. Every report has this frame.
 */
export function page({ title, toolkit, header, sections, footer }: Page): string {
  const shown = sections.filter(({ body }) => body !== undefined);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Foolproof ${toolkit}">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<main>
${header} <nav aria-label="Contents">${shown.map(({ id, name }) => html`<a href="#${id}">${name}</a>`)}</nav>
${shown.map(({ body }) => body)}
${footer}
</main>
</body>
</html>
`.text;
}

/** The section's own frame, with its heading. */
export const section = (id: string, heading: Markup | string, ...parts: readonly Part[]): Markup =>
  html`<section id="${id}"><h2>${heading}</h2>
${parts}
</section>`;

type Part = Markup | readonly Markup[] | false | undefined;

/** What stands at the top of a report. */
export const pageHeader = (kind: string, heading: Markup | string, ...parts: readonly Part[]): Markup =>
  html`<header class="top">
<p class="brand">Foolproof <span>${kind}</span></p>
<h1>${heading}</h1>
${parts}
</header>`;

/** What stands at its end. */
export const pageFooter = (heading: string, ...parts: readonly Part[]): Markup =>
  html`<footer id="reproduce"><h2>${heading}</h2>
${parts}
</footer>`;
