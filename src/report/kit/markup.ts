/** A piece of HTML that may be inserted as it is. Only `html` and `trusted` make one. */
export class Markup {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

export type Insert = Markup | string | number | false | null | undefined | readonly Insert[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe for element content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function insert(value: Insert): string {
  if (value instanceof Markup) return value.text;
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'object') return value.map(insert).join('');
  return escapeHtml(String(value));
}

/**
 * Template tag: everything inserted is escaped unless it is `Markup` already, so that forgetting to escape a
 * name that came from a results file is not possible. Arrays are joined; `null`, `undefined` and `false`
 * insert nothing.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Insert[]): Markup {
  return new Markup(strings.reduce((text, part, i) => text + insert(values[i - 1]) + part));
}

/** Marks text that this project itself produced (SVG from vega, the style sheet) as HTML. */
export function trusted(text: string): Markup {
  return new Markup(text);
}
