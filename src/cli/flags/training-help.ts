import type { Descriptors } from '../../core/base/parameters.js';
import { architectures } from '../../core/models/architectures.js';
import { activationSchemes } from '../../core/quantization/index.js';
import { reshapings } from '../../core/reshaping/index.js';
import { adversaries } from '../../core/training/adversaries.js';
import { augmentations } from '../../core/training/augmentations.js';

/** A notation, or `dnn1 (CIFAR-10; 4 convolutional ...)`: whatever the registry holds. */
export function architectureHelp(): string {
  const notation =
    'input, C<filters>[k<size>][b], M (max-pooling), F<units>[b], classes, joined by "-"; b: batch ' +
    'normalization, folded away after training';
  const named = Object.values(architectures).map(({ name, help }) => `${name} (${help})`);
  return `architecture: ${notation}. Or a name: ${named.join('; ')}`;
}

/**
 * `none; hash:<rate> (HashNet: real weights kept ...)`: whatever the registry holds
 * that stores fewer numbers.
 */
export const compressionHelp = (): string =>
  `how weights are stored: ${['none', ...compressions()].join('; ')}`;

/** The same for several, one after the other. */
export const compressionsHelp = (): string =>
  'compressions of the weights joined by "+", each of what the one before it stores: ' +
  compressions().join('; ');

/** `none (not at all); static:<calibration>[,images=500] (...)`: whatever the registry holds. */
export function activationsHelp(): string {
  const entries = Object.values(activationSchemes).map(
    ({ name, help, parameters }) => `${patternOf(name, parameters)} (${help}${meaningOf(parameters)})`,
  );
  return `how values between layers are rounded to 8 bits: ${entries.join('; ')}`;
}

const meaningOf = (parameters: Descriptors): string =>
  Object.entries(parameters)
    .map(([key, { help }]) => `; ${key} is ${help}`)
    .join('');

function compressions(): string[] {
  return Object.values(reshapings)
    .filter((reshaping) => reshaping.kind === 'compression')
    .map(({ name, title, parameters }) => {
      const meaning = Object.entries<Descriptors[string]>(parameters).map(
        ([key, { help }]) => `${key} is ${help}`,
      );
      return `${patternOf(name, parameters)} (${[title, ...meaning].join(': ')})`;
    });
}

/** `none (images as they are); shift:<pixels> (random translation ...)`: whatever the registry holds. */
export function augmentationHelp(): string {
  const entries = Object.values(augmentations).map(
    ({ name, title, help, parameters }) => `${patternOf(name, parameters)} (${title}: ${help})`,
  );
  return `random changes of the training images, joined by "+": ${entries.join('; ')}`;
}

/**
 * `none (images as they are); pgd:<epsilon>[,steps=7][,...] (projected ...)`: whatever the registry holds.
 */
export function adversaryHelp(): string {
  const entries = Object.values(adversaries).map(
    ({ name, title, help, parameters }) => `${patternOf(name, parameters)} (${title}: ${help})`,
  );
  const all = Object.values(adversaries).map(({ parameters }) =>
    Object.entries<Descriptors[string]>(parameters),
  );
  const meaning = [...new Map(all.flat())].map(([key, { help }]) => `${key}: ${help}`).join('; ');
  return (
    `train on images that are perturbed against the current weights: ${entries.join('; ')}. Where ` +
    `${meaning}`
  );
}

/** `pgd:<epsilon>[,steps=7][,reach=2.5]`: how a name is written with its parameters. */
function patternOf(name: string, parameters: Descriptors): string {
  const [first, ...rest] = Object.entries(parameters);
  if (!first) return name;
  return `${name}:<${first[0]}>${rest.map(([key, { default: value }]) => `[,${key}=${value}]`).join('')}`;
}
