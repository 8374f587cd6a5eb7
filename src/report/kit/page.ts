import { html, type Markup, trusted } from './markup.js';

export interface PageHead {
  readonly title: string;
  /** Version of the toolkit. */
  readonly toolkit: string;
  /** The whole style sheet. */
  readonly style: string;
}

/** One self-contained HTML page around what it shows: nothing in it is a script or loaded from anywhere. */
export function page({ title, toolkit, style }: PageHead, main: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Foolproof ${toolkit}">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`.text;
}

/** Links to the sections of a page, given as id and name. */
export const contents = (
  sections: readonly (readonly [id: string, name: string, ...rest: unknown[]])[],
): Markup =>
  html`<nav aria-label="Contents">${sections.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav>`;
