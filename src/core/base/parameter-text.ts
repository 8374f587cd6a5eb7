import { ToolkitError } from './errors.js';
import { lookUp } from './names.js';
import { type Descriptors, type ParametersOf, type ParameterValues, resolveValues } from './parameters.js';

/*
 * The one grammar of things with parameters, in flags, plans and metadata: `hash:1/64`,
 * `pgd:0.3,steps=4,reach=2`, `flip`.
 *
 *   choice = name [ ":" parameter *( "," parameter ) ] parameter = [ key "=" ] value ; the key may be left
 *   out for the first parameter of the thing, in the first place combined = choice *( "+" choice )
 *
 * Spaces around names, keys and values are ignored.
 */

/** A name and what stands behind its colon. */
export interface Named {
  readonly name: string;
  readonly rest?: string;
}

export function splitName(text: string): Named {
  const colon = text.indexOf(':');
  return colon < 0
    ? { name: text.trim() }
    : { name: text.slice(0, colon).trim(), rest: text.slice(colon + 1).trim() };
}

/**
 * The choices of a combination: `dnn1+hash:1/16`. A plus sign in front of a digit
 * belongs to a number: `1e+3`.
 */
export const splitCombined = (text: string): string[] => text.split(/\+(?!\d)/);

/** Parameters as they were read. */
export interface ReadParameters<D extends Descriptors> {
  /** All of them. */
  readonly values: ParametersOf<D>;
  /**
   * Every parameter written out with the value that it has: `0.125,steps=7`; reads back as the same values.
   */
  readonly text: string;
  /** The same with given values as they were written: `1/8,steps=7`. */
  readonly spelled: string;
}

/**
 * Reads what stands behind a name.
 *
 * @param rest undefined where there is no colon
 * @throws ToolkitError `bad-value` for a value out of range, a parameter given twice or without its key,
 *   anything behind a name that has no parameters; `unknown-name` for a key that there is not
 */
export function readParameters<D extends Descriptors>(
  { name, rest }: Named,
  descriptors: D,
): ReadParameters<D> {
  const given = rest === undefined ? {} : assignments(name, rest, descriptors);
  const values = resolveValues(name, descriptors, given);
  return {
    values,
    text: writeValues(descriptors, values),
    spelled: writeValues(descriptors, { ...values, ...given }),
  };
}

/** `pgd` and `0.3,steps=7` to `pgd:0.3,steps=7`; a name without parameters stands alone. */
export const joinName = (name: string, values: string): string =>
  values === '' ? name : `${name}:${values}`;

/** Values behind a name, the first without its key. */
function writeValues(descriptors: Descriptors, values: ParameterValues): string {
  const word = (value: ParameterValues[string] | undefined) =>
    typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
  return Object.keys(descriptors)
    .map((key, i) => (i === 0 ? word(values[key]) : `${key}=${word(values[key])}`))
    .join(',');
}

function assignments(name: string, text: string, descriptors: Descriptors): Record<string, string> {
  const [first] = Object.keys(descriptors);
  if (first === undefined)
    throw new ToolkitError('bad-value', { what: name, expected: 'no parameter', received: `"${text}"` });
  const given: Record<string, string> = {};
  text.split(',').forEach((part, i) => {
    const equals = part.indexOf('=');
    const key = equals >= 0 ? part.slice(0, equals).trim() : i === 0 ? first : undefined;
    if (key === undefined || Object.hasOwn(given, key)) {
      const defaults = Object.fromEntries(Object.entries(descriptors).map(([k, p]) => [k, p.default]));
      const expected = `each parameter once, such as ${joinName(name, writeValues(descriptors, defaults))}`;
      throw new ToolkitError('bad-value', { what: name, expected, received: `"${text}"` });
    }
    lookUp(descriptors, key, `parameter of ${name}`);
    given[key] = part.slice(equals + 1).trim();
  });
  return given;
}
