import { distance } from 'fastest-levenshtein';
import { ToolkitError } from './errors.js';

/**
 * Looks a name up in a registry.
 * @throws ToolkitError `unknown-name` with the known names and the nearest one
 */
export function lookUp<T>(registry: Readonly<Record<string, T>>, name: string, what: string): T {
  const found = Object.hasOwn(registry, name) ? registry[name] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(registry);
  const near = nearest(name, known);
  throw new ToolkitError('unknown-name', { what, name, known, ...(near && { nearest: near }) });
}

/** The known name that a misspelt one probably means, if any is close. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((k) => [distance(name.toLowerCase(), k.toLowerCase()), k] as const)
    .sort((a, b) => a[0] - b[0]);
  const best = ranked[0];
  return best && best[0] <= Math.max(2, Math.floor(best[1].length / 3)) ? best[1] : undefined;
}
