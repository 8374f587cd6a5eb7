import { integer } from './number-text.js';

/** `a`, `a and b`, `a, b and c`; with semicolons where an item has a comma of its own: `a, b; c; and d`. */
export function enumerate(items: readonly string[]): string {
  const last = items.at(-1);
  if (last === undefined || items.length < 2) return items.join('');
  const first = items.slice(0, -1);
  return items.some((item) => item.includes(', '))
    ? `${first.join('; ')}; and ${last}`
    : `${first.join(', ')} and ${last}`;
}

/** A title inside a sentence. */
export const decapitalized = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** `1 model`, `3 models`. */
export const plural = (count: number, singular: string, several = `${singular}s`): string =>
  `${integer(count)} ${count === 1 ? singular : several}`;

/** At most `limit` items in a sentence, and how many more there are. */
export const listed = (items: readonly string[], limit = 12, separator = '; '): string =>
  items.length <= limit
    ? items.join(separator)
    : `${items.slice(0, limit).join(separator)}${separator}and ${items.length - limit} more`;
