import { distance } from 'fastest-levenshtein';
import { ToolkitError } from './errors.js';
import { TEXT_LIMITS } from './limits.js';

/**
 * Looks a name up in a registry: the only way from a text to an entry.
 * @throws ToolkitError `unknown-name` with the known names and the nearest one
 */
export function lookUp<T>(registry: Readonly<Record<string, T>>, name: string, what: string): T {
  const found = findIn(registry, name);
  if (found !== undefined) return found;
  const known = Object.keys(registry);
  const near = nearest(name, known);
  throw new ToolkitError('unknown-name', { what, name, known, ...(near && { nearest: near }) });
}

/** Names of a registry whose names are known to the compiler. */
export type NameIn<R> = Extract<keyof R, string>;

/** The entry of a name that may be of another version's registry; undefined where there is none. */
export const findIn = <T>(registry: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(registry, name) ? registry[name] : undefined;

/** Every name of a registry, in its order. */
export const namesOf = <R extends object>(registry: R): NameIn<R>[] => Object.keys(registry) as NameIn<R>[];

/**
 * A text as a name of a registry.
 * @throws ToolkitError `unknown-name` with the known names and the nearest one
 */
export function nameIn<R extends Readonly<Record<string, unknown>>>(
  registry: R,
  name: string,
  what: string,
): NameIn<R> {
  lookUp(registry, name, what);
  return name as NameIn<R>;
}

/** The known name that a misspelt one probably means, if any is close. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  // The distance takes the product of both lengths.
  if (name.length > TEXT_LIMITS.name) return undefined;
  const ranked = known
    .map((k) => [distance(name.toLowerCase(), k.toLowerCase()), k] as const)
    .sort((a, b) => a[0] - b[0]);
  const best = ranked[0];
  return best && best[0] <= Math.max(2, Math.floor(best[1].length / 3)) ? best[1] : undefined;
}
