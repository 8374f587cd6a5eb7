import {
  type Descriptors,
  type ParametersOf,
  type ParameterValues,
  resolveValues,
} from '../base/parameters.js';
import type { Attack } from './attack.js';

/** Values of an attack's parameters by name: JSON data, part of what determines a result. */
export type AttackParameters = ParameterValues;

/**
 * All parameters of an attack: those given, checked, and the defaults of the others.
 *
 * @param given numbers may come as text, as from a command line: `0.25`, `8/255`
 * @throws ToolkitError `unknown-name` for a parameter that the attack does not have, `bad-value` for a value
 * out of range or values that do not go together
 */
export function resolveParameters<D extends Descriptors>(
  attack: Attack<D>,
  given: AttackParameters = {},
): ParametersOf<D> {
  const all = resolveValues(attack.name, attack.parameters, given);
  attack.check?.(all);
  return all;
}
