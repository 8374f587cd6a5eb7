import { TEXT_LIMITS } from '../limits.js';

/**
 * Characters that a terminal obeys instead of showing them (controls of both sets, among them NUL, tabs and
 * line breaks), that reorder or hide what stands around them (formats, such as the overrides of writing
 * direction), that break lines, and halves of characters. The two joiners are letters of living scripts.
 */
const HIDDEN = /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const HIDDEN_BUT_LINES = /(?!\u200c|\u200d|\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' };

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`);
}

/** The middle is left out of what is longer: names and paths differ at their ends. */
function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const tail = Math.floor(limit / 3);
  return `${text.slice(0, limit - tail - 1)}…${text.slice(text.length - tail)}`;
}

/**
 * Text of a file or a flag as one line that is safe to print: what a terminal would obey is written as an
 * escape sequence (`\x1b`, `\n`, `\u{202e}`), and the middle of a long text is left out.
 */
export const shown = (text: string, limit: number = TEXT_LIMITS.name): string =>
  shortened(shortened(text, limit).replace(HIDDEN, escaped), limit);

/** The same for text of several lines, whose breaks are our own; nothing is left out. */
export const shownLines = (text: string): string => text.replace(HIDDEN_BUT_LINES, escaped);

/** JSON with every such character inside of strings as an escape of JSON: it reads back as the same data. */
export const shownJson = (json: string): string =>
  json.replace(HIDDEN_BUT_LINES, (character) =>
    Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );

/**
 * Plain data with every string in it, keys included, as `shown`: what text for people is made from.
 * Typed arrays and instances of classes stay as they are.
 */
export function shownData<T>(data: T, limit: number = TEXT_LIMITS.line): T {
  return cleaned(data, limit) as T;
}

function cleaned(value: unknown, limit: number): unknown {
  if (typeof value === 'string') return shown(value, limit);
  if (Array.isArray(value)) return value.map((item) => cleaned(item, limit));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [shown(key, limit), cleaned(item, limit)]),
  );
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
