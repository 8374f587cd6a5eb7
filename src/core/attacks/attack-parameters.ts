import { ToolkitError } from '../base/errors.js';
import { lookUp } from '../base/names.js';
import { parseFraction } from '../base/numbers.js';
import type { ParameterDescriptor } from '../base/parameter-descriptor.js';
import type { Attack } from './attack.js';

/** A parameter that is one of a few words, or of a described kind of text besides. */
export interface ChoiceDescriptor {
  readonly help: string;
  readonly default: string;
  readonly choices: readonly string[];
  /** Texts that are allowed besides the choices, such as the number of a class. */
  readonly also?: { readonly pattern: RegExp; readonly help: string };
  readonly source: string;
}

export type AttackParameter = ParameterDescriptor | ChoiceDescriptor;

/** Values of an attack's parameters by name: JSON data, part of what determines a result. */
export type AttackParameters = Readonly<Record<string, number | string>>;

export const isChoice = (parameter: AttackParameter): parameter is ChoiceDescriptor => 'choices' in parameter;

/** What may be given, for help texts and messages: "increase, decrease or both", "a number from 0 to 1". */
export function allowed(parameter: AttackParameter): string {
  if (!isChoice(parameter)) {
    return `a ${parameter.integer ? 'whole ' : ''}number from ${parameter.minimum} to ${parameter.maximum}`;
  }
  const words = [...parameter.choices, ...(parameter.also ? [parameter.also.help] : [])];
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/**
 * All parameters of an attack: those given, checked, and the usual values of the others.
 *
 * @param given numbers may come as text, as from a command line: `0.25`, `8/255`
 * @throws ToolkitError `unknown-name` for a parameter that the attack does not have, `bad-value` for a value out of range or
 * values that do not go together
 */
export function resolveParameters(attack: Attack, given: AttackParameters = {}): AttackParameters {
  const known = attack.parameters;
  for (const name of Object.keys(given)) lookUp(known, name, `parameter of the attack ${attack.name}`);
  const all = Object.fromEntries(
    Object.entries(known).map(([name, parameter]) => [name, checked(attack, name, parameter, given[name])]),
  );
  attack.check?.(all);
  return all;
}

function checked(
  attack: Attack,
  name: string,
  parameter: AttackParameter,
  value: number | string | undefined,
): number | string {
  if (value === undefined) return parameter.default;
  const refuse = () =>
    new ToolkitError('bad-value', {
      what: `${attack.name} ${name}`,
      expected: allowed(parameter),
      received: JSON.stringify(value),
    });
  if (isChoice(parameter)) {
    const text = String(value);
    if (parameter.choices.includes(text) || parameter.also?.pattern.test(text)) return text;
    throw refuse();
  }
  const number = typeof value === 'string' ? (parseFraction(value) ?? Number.NaN) : value;
  const isInside = number >= parameter.minimum && number <= parameter.maximum;
  if (isInside && (!parameter.integer || Number.isInteger(number))) return number;
  throw refuse();
}
