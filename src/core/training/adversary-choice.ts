import { lookUp } from '../base/names.js';
import { joinName, readParameters, splitName } from '../base/parameter-text.js';
import type { ParametersOf } from '../base/parameters.js';
import type { Random } from '../base/random.js';
import type { Tensor } from '../tensor/tensor.js';
import { type Adversary, type AdversaryDescriptors, adversaries, type CraftContext } from './adversaries.js';

/** An adversary with its parameters, as plans and the command line write it. */
export interface AdversaryChoice {
  /** With every parameter written out: `pgd:0.3,steps=7,reach=2.5,warm-up=0.25`, `none`. */
  readonly text: string;
  readonly adversary: Adversary;
  readonly parameters: ParametersOf<AdversaryDescriptors>;
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
  const named = splitName(text);
  const adversary = lookUp<Adversary>(adversaries, named.name, 'adversary');
  const { values, text: written } = readParameters(named, adversary.parameters);
  const { epsilon = 0, 'warm-up': warmUp = 0 } = values;
  return {
    text: joinName(named.name, written),
    adversary,
    parameters: values,
    active: adversary.craft !== undefined,
    epsilonAt: (progress) => epsilon * (progress < warmUp ? progress / warmUp : 1),
  };
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
