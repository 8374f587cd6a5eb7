import { isToolkitError, type ToolkitError } from '../core/base/errors.js';
import { flagOf } from './flags/attack-flags.js';

/** Flags of options that have another name on the command line. */
const FLAGS: Readonly<Record<string, string>> = {
  path: '--data',
};

/**
 * What the command line adds to an error of the library, which knows no flags: the flag of the option that it is about.
 * Undefined where it is about none.
 */
export function hintOf(error: ToolkitError): string | undefined {
  if (isToolkitError(error, 'not-robust')) return 'Required by --fail-under.';
  const option = 'option' in error.data ? error.data.option : undefined;
  if (option === undefined) return undefined;
  return `The flag is ${FLAGS[option] ?? flagOf(option)}.`;
}
