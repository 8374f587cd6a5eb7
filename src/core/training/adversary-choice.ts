import { ToolkitError } from '../base/errors.js';
import { lookUp } from '../base/names.js';
import { parseFraction } from '../base/numbers.js';
import type { ParameterDescriptor } from '../base/parameter-descriptor.js';
import type { Random } from '../base/random.js';
import type { Tensor } from '../tensor/tensor.js';
import { type Adversary, adversaries, type CraftContext } from './adversaries.js';

/** An adversary with its parameters, as plans and the command line write it. */
export interface AdversaryChoice {
  /** With every parameter written out: `pgd:0.3,steps=7,reach=2.5,warm-up=0.25`, `none`. */
  readonly text: string;
  readonly adversary: Adversary;
  readonly parameters: Readonly<Record<string, number>>;
  /** Whether it changes images at all. */
  readonly active: boolean;
  /** The bound at this share of the training done, [0, 1]. */
  epsilonAt(progress: number): number;
}

/**
 * Reads `pgd:0.3`, `pgd:8/255,steps=10,warm-up=0`, `fgsm-rs` or `none`: a name, epsilon, and whatever else
 * differs from the defaults.
 * @throws ToolkitError `unknown-name` or `bad-value`
 */
export function parseAdversary(text: string): AdversaryChoice {
  const colon = text.indexOf(':');
  const name = (colon < 0 ? text : text.slice(0, colon)).trim();
  const adversary = lookUp(adversaries, name, 'adversary');
  const known = Object.entries(adversary.parameters);
  const given = colon < 0 ? new Map<string, string>() : assignments(name, text.slice(colon + 1), known);
  const parameters = Object.fromEntries(
    known.map(([key, descriptor]) => [key, parameterValue(`${name} ${key}`, given.get(key), descriptor)]),
  );
  const [first, ...rest] = known.map(([key]) => [key, parameters[key]!] as const);
  const written = first
    ? `${name}:${[first[1], ...rest.map(([key, value]) => `${key}=${value}`)].join(',')}`
    : name;
  const { epsilon = 0, 'warm-up': warmUp = 0 } = parameters;
  return {
    text: written,
    adversary,
    parameters,
    active: adversary.craft !== undefined,
    epsilonAt: (progress) => epsilon * (progress < warmUp ? progress / warmUp : 1),
  };
}

/** The values behind a name: the first one of the first parameter, the others as `name=value`. */
function assignments(
  name: string,
  text: string,
  known: readonly (readonly [string, ParameterDescriptor])[],
): Map<string, string> {
  if (known.length === 0) {
    throw new ToolkitError('bad-value', { what: name, expected: 'no parameter', received: `"${text}"` });
  }
  const given = new Map<string, string>();
  text.split(',').forEach((part, i) => {
    const equals = part.indexOf('=');
    const key = equals >= 0 ? part.slice(0, equals).trim() : i === 0 ? known[0]![0] : undefined;
    if (key === undefined || given.has(key)) {
      const sample = known
        .map(([other, { default: initial }], n) => (n === 0 ? initial : `${other}=${initial}`))
        .join(',');
      const expected = `each parameter once, such as ${name}:${sample}`;
      throw new ToolkitError('bad-value', { what: name, expected, received: `"${text}"` });
    }
    lookUp(Object.fromEntries(known), key, `parameter of ${name}`);
    given.set(key, part.slice(equals + 1).trim());
  });
  return given;
}

function parameterValue(what: string, text: string | undefined, descriptor: ParameterDescriptor): number {
  const { minimum, maximum, integer, unit } = descriptor;
  if (text === undefined) return descriptor.default;
  const value = parseFraction(text);
  if (value !== undefined && value >= minimum && value <= maximum && (!integer || Number.isInteger(value)))
    return value;
  const kind = integer ? 'whole number' : 'number';
  const expected = `a ${kind} from ${minimum} to ${maximum} (${unit}), such as ${descriptor.default}`;
  throw new ToolkitError('bad-value', { what, expected, received: `"${text}"` });
}

/** The perturbed images that training uses in place of these, at this point of the training. */
export async function perturbed(
  choice: AdversaryChoice,
  images: Tensor<'float32'>,
  progress: number,
  random: Random,
  gradient: CraftContext['gradient'],
): Promise<Tensor<'float32'>> {
  const { adversary, parameters } = choice;
  if (!adversary.craft) return images;
  return adversary.craft({ images, epsilon: choice.epsilonAt(progress), parameters, random, gradient });
}
