import { architectures } from '../../core/models/architectures.js';
import { reshapings } from '../../core/reshaping/index.js';
import { adversaries } from '../../core/training/adversaries.js';
import { augmentations } from '../../core/training/augmentations.js';

/** A notation, or `dnn1 (CIFAR-10; 4 convolutional ...)`: whatever the registry holds. */
export function architectureHelp(): string {
  const notation =
    'input, C<filters>[k<size>][b], M (max-pooling), F<units>[b], classes, joined by "-"; b: batch normalization, folded away after training';
  const named = Object.values(architectures).map(({ name, help }) => `${name} (${help})`);
  return `architecture: ${notation}. Or a name: ${named.join('; ')}`;
}

/**
 * `none; hash:<rate> (HashNet: real weights kept ...)`: whatever the registry holds
 * that stores fewer numbers.
 */
export function compressionHelp(): string {
  const entries = Object.values(reshapings)
    .filter((reshaping) => reshaping.kind === 'compression')
    .map(({ name, title, parameter }) => {
      const of = parameter ? `: ${parameter.name} is ${parameter.descriptor.help}` : '';
      return `${name}${parameter ? `:<${parameter.name}>` : ''} (${title}${of})`;
    });
  return `how weights are stored: ${['none', ...entries].join('; ')}`;
}

/** `none (images as they are); shift:<pixels> (random translation ...)`: whatever the registry holds. */
export function augmentationHelp(): string {
  const entries = Object.values(augmentations).map(
    ({ name, title, help, parameter }) =>
      `${name}${parameter ? `:<${parameter.name}>` : ''} (${title}: ${help})`,
  );
  return `random changes of the training images, joined by "+": ${entries.join('; ')}`;
}

/**
 * `none (images as they are); pgd:<epsilon>[,steps=7][,...] (projected ...)`: whatever the registry holds.
 */
export function adversaryHelp(): string {
  const entries = Object.values(adversaries).map(({ name, title, help, parameters }) => {
    const [, ...rest] = Object.entries(parameters);
    const options = rest.map(([key, { default: usual }]) => `[,${key}=${usual}]`).join('');
    return `${name}${Object.keys(parameters).length > 0 ? `:<epsilon>${options}` : ''} (${title}: ${help})`;
  });
  const all = Object.values(adversaries).map(({ parameters }) => Object.entries(parameters));
  const meaning = [...new Map(all.flat())].map(([key, { help }]) => `${key}: ${help}`).join('; ');
  return `train on images that are perturbed against the current weights: ${entries.join('; ')}. Where ${meaning}`;
}
