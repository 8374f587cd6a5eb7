import { html, type Insert, Markup } from './markup.js';
import { section } from './page.js';

type Term = readonly [term: string, text: Insert];

/** What the numbers and the words of a report mean. */
export const definitions = (heading: string, terms: readonly Term[]): Markup =>
  section(
    'definitions',
    heading,
    html`<dl class="terms">${terms.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`)}</dl>`,
  );

/** Facts in columns; those that are markup take the whole width, and empty ones are left out. */
export const facts = (rows: readonly Term[]): Markup =>
  html`<dl class="facts">${rows
    .filter(([, value]) => value !== '')
    .map(([name, value]) => {
      const wide = value instanceof Markup && html` class="wide"`;
      return html`<div${wide}><dt>${name}</dt><dd>${value}</dd></div>`;
    })}</dl>`;

/** One item beside its explanation, each on a line. */
export const meanings = (rows: readonly (readonly [name: Insert, meaning: string])[]): Markup =>
  html`<ul class="meanings">${rows.map(([name, meaning]) => html`<li>${name} ${meaning}</li>`)}</ul>`;

/** A sentence, or several as a list. */
export const sentences = (texts: readonly string[]): Markup =>
  texts.length === 1
    ? html`<p>${texts[0]}</p>`
    : html`<ul>${texts.map((text) => html`<li>${text}</li>`)}</ul>`;

export const folded = (summary: Insert, ...body: readonly Insert[]): Markup =>
  html`<details><summary>${summary}</summary>${body}</details>`;
