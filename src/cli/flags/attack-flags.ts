import { Option } from 'commander';
import {
  type Attack,
  type AttackParameters,
  attacks,
  criteria,
  predictionChanges,
  resolveParameters,
} from '../../core/attacks/index.js';
import { ToolkitError } from '../../core/base/errors.js';
import { findIn, lookUp, namesOf } from '../../core/base/names.js';
import { allowed, type Parameter } from '../../core/base/parameters.js';
import { parseBudgets } from './common-flags.js';

/** What commander has read: values by the names that it gives the flags. */
type Values = Readonly<Record<string, unknown>>;
type Registry = Readonly<Record<string, Attack>>;

/** The flag of a budget or a parameter: `stepSize` is set by `--step-size`. */
export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

/** Where commander keeps the value of a flag: that of `--max-elements` in `maxElements`. */
const attributeOf = (name: string): string => new Option(`${flagOf(name)} <value>`).attributeName();

/** What counts as success; its help lists the criteria with what is written behind their names. */
export function criterionOption(): Option {
  const entries = namesOf(criteria).map((name) => {
    const { help, ...rest } = criteria[name];
    return `${name}${'of' in rest ? `:<${rest.of}>` : ''} (${help})`;
  });
  return new Option('--criterion <choice>', `what counts as success: ${entries.join('; ')}`).default(
    predictionChanges.name,
  );
}

/**
 * One flag for each name of a budget; attacks that mean the same by it, with the same default values, share a
 * line of its help.
 */
export function budgetOptions(all: Registry = attacks): Option[] {
  const every = Object.values(all);
  const names = new Set(every.map((attack) => attack.budget.name));
  return [...names].map((name) => {
    const owners = every.filter((attack) => attack.budget.name === name);
    const help = byMeaning(
      owners,
      ({ budget }) => `${budget.help}; a list (default: ${budget.default.join(',')})`,
    );
    return new Option(`${flagOf(name)} <list>`, help);
  });
}

/**
 * One flag for each name of a parameter of any attack. Its help tells which attacks have it, what each of
 * them takes, and its default; attacks that mean the same by it share a line.
 */
export function parameterOptions(all: Registry = attacks): Option[] {
  const names = new Set(Object.values(all).flatMap((attack) => Object.keys(attack.parameters)));
  return [...names].map((name) => {
    const owners = Object.values(all).filter((attack) => attack.parameters[name]);
    return new Option(
      `${flagOf(name)} <value>`,
      byMeaning(owners, ({ parameters }) => helpOf(lookUp(parameters, name, 'parameter'))),
    );
  });
}

/** Texts of the attacks, each with the names of those that it is true of. */
function byMeaning(owners: readonly Attack[], textOf: (attack: Attack) => string): string {
  const meanings = new Map<string, Attack[]>();
  for (const attack of owners)
    meanings.set(textOf(attack), [...(meanings.get(textOf(attack)) ?? []), attack]);
  return [...meanings].map(([text, those]) => `${named(those)}: ${text}`).join('; ');
}

const named = (owners: readonly Attack[]): string => owners.map((attack) => attack.name).join(', ');

function helpOf(parameter: Parameter): string {
  const unit = 'unit' in parameter ? ` in ${parameter.unit}` : '';
  return `${parameter.help} (${allowed(parameter)}${unit}; default: ${parameter.default})`;
}

/**
 * The budgets of the chosen attack, rising: those given, or its defaults.
 * @throws ToolkitError `nothing-to-do` for the budget of another attack; `bad-value`
 */
export function chosenBudgets(chosen: Attack, options: Values, all: Registry = attacks): readonly number[] {
  for (const { budget } of Object.values(all)) {
    if (budget.name === chosen.budget.name || options[attributeOf(budget.name)] === undefined) continue;
    const hint = `Its budget is ${flagOf(chosen.budget.name)}.`;
    throw new ToolkitError('nothing-to-do', { what: `${chosen.name} has no ${flagOf(budget.name)}`, hint });
  }
  const { budget } = chosen;
  const text = options[attributeOf(budget.name)];
  return typeof text === 'string' ? parseBudgets(flagOf(budget.name), text, budget) : budget.default;
}

/**
 * Every parameter of the chosen attack: those given, checked, and the default values of the others. Numbers
 * may be fractions (`8/255`).
 * @throws ToolkitError `nothing-to-do` for a parameter that the attack does not have; `bad-value`
 */
export function chosenParameters(chosen: Attack, options: Values, all: Registry = attacks): AttackParameters {
  const names = new Set(Object.values(all).flatMap((attack) => Object.keys(attack.parameters)));
  const given: Record<string, string> = {};
  for (const name of names) {
    const text = options[attributeOf(name)];
    if (typeof text !== 'string') continue;
    if (!findIn(chosen.parameters, name)) {
      const known = Object.keys(chosen.parameters).map(flagOf);
      const hint = known.length > 0 ? `Its parameters are ${known.join(', ')}.` : 'It has no parameters.';
      throw new ToolkitError('nothing-to-do', { what: `${chosen.name} has no ${flagOf(name)}`, hint });
    }
    given[name] = text;
  }
  return resolveParameters(chosen, given);
}
