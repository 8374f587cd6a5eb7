import { isToolkitError, ToolkitError } from '../core/base/errors.js';
import { flagOf } from './flags/attack-flags.js';

/** Flags of options that go by another name on the command line. */
const FLAGS: Readonly<Record<string, string>> = {
  dataPath: '--data',
};

/** What to do, by code of an error, or by its code and the option that it is about. */
const HINTS: Readonly<Record<string, string>> = {
  interrupted: 'Run the same command to go on.',
  stopped: 'Run the same command to start again.',
  'not-robust':
    'The conditions are those of --fail-under (lower end of the exact 95 % interval) and --fail-on; ' +
    '--allow-inconclusive lets inconclusive models pass.',
  'bad-value compression': 'A defence is for a trained model: see foolproof inhibit.',
};

/**
 * An error of the library as the command line says it: with the flag of the option that it is
 * about, and with what to do.
 */
export function messageOf(error: ToolkitError): string {
  const option = 'option' in error.data ? error.data.option : undefined;
  const flag = option && (FLAGS[option] ?? flagOf(option));
  const hint = HINTS[option ? `${error.code} ${option}` : error.code];
  // There the flag is the best name for what was wrong.
  const named = flag && isToolkitError(error, 'bad-value');
  const worded = named ? new ToolkitError('bad-value', { ...error.data, what: flag }) : error;
  const about = flag && !named ? `The option is ${flag}.` : undefined;
  return [worded.message, about, hint].filter((part) => part !== undefined).join(' ');
}
