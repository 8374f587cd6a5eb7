import { ToolkitError } from './errors.js';
import { lookUp } from './names.js';
import { parseFraction } from './numbers.js';

interface Described {
  readonly help: string;
  /** Where the default is from. */
  readonly source: string;
}

/** A number in a range; of kind `integer` only whole ones. */
export interface NumberParameter extends Described {
  readonly kind: 'number' | 'integer';
  readonly unit: string;
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** One of a few words. */
export interface ChoiceParameter<C extends string = string> extends Described {
  readonly kind: 'choice';
  readonly default: C;
  readonly choices: readonly C[];
}

/** One of a few words, or a text of a described form. */
export interface OpenChoiceParameter extends ChoiceParameter {
  readonly also: { readonly pattern: RegExp; readonly help: string };
}

/** Yes or no. */
export interface FlagParameter extends Described {
  readonly kind: 'flag';
  readonly default: boolean;
}

/** What help texts, documentation and validation say of one parameter. */
export type Parameter = NumberParameter | ChoiceParameter | OpenChoiceParameter | FlagParameter;

/** Parameters by name, in the order in which they are written; the first may be written without its name. */
export type Descriptors = Readonly<Record<string, Parameter>>;

/** Values of parameters by name: JSON data, part of what determines a result. */
export type ParameterValues = Readonly<Record<string, number | string | boolean>>;

export type ValueOf<P extends Parameter> = P extends { readonly also: object }
  ? string
  : P extends { readonly choices: readonly (infer C)[] }
    ? C
    : P extends { readonly kind: 'flag' }
      ? boolean
      : number;

/**
 * The values that descriptors stand for: `{ readonly steps: number; readonly randomStart: 'yes' | 'no' }`.
 */
export type ParametersOf<D extends Descriptors> = { readonly [K in keyof D]: ValueOf<D[K]> };

type About<P extends Parameter> = Omit<P, 'kind'>;

/** A parameter that is a number: a finite one within its range. */
export const number = (about: About<NumberParameter>): NumberParameter => ({ kind: 'number', ...about });

/** A parameter that is a whole number within its range. */
export const integer = (about: About<NumberParameter>): NumberParameter => ({ kind: 'integer', ...about });

/** A parameter that is one of a few words. */
export const choice = <const C extends string>(
  about: Described & { readonly choices: readonly C[]; readonly default: NoInfer<C> },
): ChoiceParameter<C> => ({ kind: 'choice', ...about });

/** A parameter that is one of a few words, or text of a stated pattern. */
export const openChoice = (about: About<OpenChoiceParameter>): OpenChoiceParameter => ({
  kind: 'choice',
  ...about,
});

/** A parameter that is `yes` or `no`. */
export const flag = (about: About<FlagParameter>): FlagParameter => ({ kind: 'flag', ...about });

/** What may be given, for help texts: "increase, decrease or both", "a number from 0 to 1". */
export function allowed(parameter: Parameter): string {
  if (parameter.kind === 'flag') return 'yes or no';
  if (parameter.kind !== 'choice') {
    const { kind, minimum, maximum } = parameter;
    return `a ${kind === 'integer' ? 'whole ' : ''}number from ${minimum} to ${maximum}`;
  }
  const words = [...parameter.choices, ...('also' in parameter ? [parameter.also.help] : [])];
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/**
 * All values of some parameters: those given, checked, and the defaults of the others.
 *
 * @param owner whose parameters they are, for messages
 * @param given numbers may come as text, as from a command line: `0.25`, `8/255`
 * @throws ToolkitError `unknown-name` for a parameter that there is not, `bad-value`
 */
export function resolveValues<D extends Descriptors>(
  owner: string,
  descriptors: D,
  given: ParameterValues = {},
): ParametersOf<D> {
  for (const name of Object.keys(given)) lookUp(descriptors, name, `parameter of ${owner}`);
  const values = Object.entries(descriptors).map(([name, parameter]) => [
    name,
    given[name] === undefined ? parameter.default : checkedValue(`${owner} ${name}`, parameter, given[name]),
  ]);
  return Object.fromEntries(values) as ParametersOf<D>;
}

/**
 * One value, checked.
 * @param what how messages name it
 * @throws ToolkitError `bad-value`
 */
export function checkedValue<P extends Parameter>(what: string, parameter: P, value: unknown): ValueOf<P> {
  const read = readValue(parameter, value);
  if (read !== undefined) return read as ValueOf<P>;
  throw new ToolkitError('bad-value', {
    what,
    expected: expected(parameter),
    received: JSON.stringify(value),
  });
}

function readValue(parameter: Parameter, value: unknown): number | string | boolean | undefined {
  if (parameter.kind === 'flag')
    return value === true || value === 'yes' || (isNo(value) ? false : undefined);
  if (parameter.kind === 'choice') {
    const text = String(value);
    return parameter.choices.includes(text) || ('also' in parameter && parameter.also.pattern.test(text))
      ? text
      : undefined;
  }
  const { kind, minimum, maximum } = parameter;
  const read = typeof value === 'string' ? parseFraction(value) : value;
  if (typeof read !== 'number' || !(read >= minimum && read <= maximum)) return undefined;
  return kind === 'integer' && !Number.isInteger(read) ? undefined : read;
}

const isNo = (value: unknown): boolean => value === false || value === 'no';

/** For messages: "a whole number from 1 to 1000 (steps), such as 7". */
function expected(parameter: Parameter): string {
  if (parameter.kind === 'choice' || parameter.kind === 'flag') return allowed(parameter);
  const unit = parameter.unit && ` (${parameter.unit})`;
  return `${allowed(parameter)}${unit}, such as ${parameter.default}`;
}
