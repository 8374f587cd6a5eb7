import { Option } from 'commander';
import { ToolkitError } from '../../core/base/errors.js';
import { lookUp } from '../../core/base/names.js';
import { parseFraction } from '../../core/base/numbers.js';
import { attackDefaults } from '../../node/apps/attack/attack-app.js';

/** Bounds on counts from the command line, so that a typing error does not ask for the machine. */
const MAX_INT = 2 ** 31 - 1;

const bad = (what: string, expected: string, received: string): ToolkitError =>
  new ToolkitError('bad-value', { what, expected, received: `"${received}"` });

/** A flag that takes a whole number. */
export function wholeOption(flags: string, help: string, low: number, high = MAX_INT): Option {
  const option = new Option(flags, help);
  return option.argParser((text: string) => parseWhole(option.long ?? flags, text, low, high));
}

function parseWhole(flag: string, text: string, low: number, high: number, or = ''): number {
  const value = /^\d{1,16}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= low && value <= high && Number.isSafeInteger(value)) return value;
  const range =
    high === MAX_INT ? `a whole number, at least ${low}` : `a whole number from ${low} to ${high}`;
  throw bad(flag, `${range}${or}`, text);
}

export const seedOption = (): Option =>
  wholeOption('--seed <number>', 'start of every random choice', 0, Number.MAX_SAFE_INTEGER).default(1);

export const threadsOption = (): Option =>
  wholeOption('--threads <count>', 'threads of the engine (default: all cores)', 1, 1024);

const batchSizeOption = (help: string): Option => wholeOption('--batch-size <images>', help, 1, 65_536);

export const trainingBatchOption = (): Option => batchSizeOption('images of each step').default(128);

/** Left out, it depends on the model. */
export const batchOption = (): Option =>
  batchSizeOption(
    'images for each run of the engine (default: 128); of a model whose answers depend on its batch, the ' +
      'batch size that it is deployed with (default: the one that the file fixes, else 1)',
  );

/** A flag that takes a number or a fraction within a range. */
export function numberOption(
  flags: string,
  help: string,
  range: { minimum: number; maximum: number },
): Option {
  const option = new Option(flags, help);
  return option.argParser((text: string) => {
    const value = parseFraction(text);
    if (value !== undefined && value >= range.minimum && value <= range.maximum) return value;
    throw bad(option.long ?? flags, `a number from ${range.minimum} to ${range.maximum}`, text);
  });
}

/** What registries have in common: entries that can be told apart by a line of help. */
type Registry = Readonly<Record<string, { readonly help?: string; readonly title?: string }>>;

/** A flag that takes a name of a registry; its help text lists the entries. */
export function nameOption(flags: string, help: string, what: string, registry: Registry): Option {
  const entries = Object.entries(registry).map(
    ([name, entry]) => `${name} (${entry.help ?? entry.title ?? ''})`,
  );
  return new Option(flags, `${help}: ${entries.join('; ')}`).argParser((name: string) => {
    lookUp(registry, name, what);
    return name;
  });
}

/** `all`, or how many. */
export const samplesOption = (
  what = 'test images to attack',
  standard: number | 'all' = attackDefaults.samples,
): Option =>
  new Option('--samples <count>', `${what}, chosen at random, or "all"`)
    .argParser((text: string) => (text === 'all' ? text : parseWhole('--samples', text, 1, MAX_INT)))
    .default(standard);

/** `auto`, or how many. */
export const jobsOption = (): Option =>
  new Option(
    '--jobs <count>',
    'models that are trained and measured side by side, each in a process of its own; "auto": as many ' +
      'as cores and free memory allow',
  )
    .argParser((text: string) => (text === 'auto' ? text : parseWhole('--jobs', text, 1, 256, ', or auto')))
    .default('auto');

/** What an attack says of its budget. */
interface BudgetRange {
  readonly minimum: number;
  readonly maximum: number;
  readonly unit?: string;
  readonly integer?: true;
}

/**
 * Budgets such as `0.1,0.2` or `2/255,8/255`, rising.
 * @throws ToolkitError `bad-value` for anything that is no number in the range, and for duplicates
 */
export function parseBudgets(flag: string, text: string, range: BudgetRange): number[] {
  const { minimum, maximum, unit, integer } = range;
  const parts = text.split(',').map((part) => part.trim());
  const [kind, sample] = integer ? ['whole numbers', '1,2'] : ['numbers', '0.1,0.2 or 8/255'];
  const expected =
    `${kind} from ${minimum} to ${maximum}${unit ? ` (${unit})` : ''}, joined by commas, ` +
    `such as ${sample}`;
  const budgets = parts.map((part) => {
    const value = parseFraction(part);
    const fits =
      value !== undefined && value >= minimum && value <= maximum && (!integer || Number.isInteger(value));
    if (!fits) throw bad(flag, expected, part);
    return value;
  });
  budgets.sort((a, b) => a - b);
  const twice = budgets.find((value, i) => value === budgets[i - 1]);
  if (twice !== undefined) throw bad(flag, 'every budget once', text);
  return budgets;
}

export const jsonOption = (): Option =>
  new Option('--json <file>', 'write the result as JSON; "-" is stdout');

export const quietOption = (): Option => new Option('-q, --quiet', 'no progress and no notes on stderr');

/** Examples under a help text, each with what it is for. */
export const examples = (...pairs: readonly (readonly [command: string, purpose: string])[]): string =>
  `\nExamples:\n${pairs.map(([command, purpose]) => `  ${purpose}\n    $ foolproof ${command}`).join('\n')}`;
