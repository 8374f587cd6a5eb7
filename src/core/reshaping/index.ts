import { ToolkitError } from '../base/errors.js';
import { lookUp } from '../base/names.js';
import { joinName, readParameters, splitName } from '../base/parameter-text.js';
import type { Model } from '../onnx/graph.js';
import { reshapeWeight } from './apply-reshaping.js';
import { hash } from './hash.js';
import { identity } from './identity.js';
import { inhibit } from './inhibit.js';
import { prune } from './prune.js';
import type { Parameters, Reshaping } from './reshaping.js';
import { lastFullyConnected, weightLayers } from './weight-layers.js';
import { xxHash32 } from './xxhash32.js';

export { RESHAPINGS_KEY, type ReshapingRecord, reshapeWeight, reshapingsOf } from './apply-reshaping.js';
export { defineReshaping, type Parameters, type Reshaping, type Site } from './reshaping.js';
export { scale } from './scale.js';
export { lastFullyConnected, type WeightLayer, weightLayers } from './weight-layers.js';
export { withoutDefences } from './without-defences.js';

/** Every reshaping by name. A new one is one file and one line here. */
export const reshapings = { identity, hash, prune, inhibit } as const satisfies Readonly<
  Record<string, Reshaping>
>;

export type ReshapingName = keyof typeof reshapings;

/** A reshaping with its parameters, as the command line writes it: `hash:1/64`, `inhibit:0.1`, `none`. */
export interface ReshapingChoice {
  readonly reshaping: Reshaping;
  readonly parameters: Parameters;
  /** With every parameter, numbers as they were written. */
  readonly text: string;
}

/** @throws ToolkitError `unknown-name` or `bad-value` */
export function parseReshaping(text: string): ReshapingChoice {
  const named = splitName(text);
  const reshaping = lookUp<Reshaping>(
    reshapings,
    named.name === 'none' ? 'identity' : named.name,
    'reshaping',
  );
  const { values, spelled } = readParameters(named, reshaping.parameters);
  const name = reshaping.kind === 'identity' ? 'none' : reshaping.name;
  return { reshaping, parameters: values, text: joinName(name, spelled) };
}

/** Reshapes every weighted layer, each with a seed of its own. */
export function reshapeAll(model: Model, choice: ReshapingChoice, seed: number): Model {
  if (choice.reshaping.kind === 'identity') return model;
  return weightLayers(model).reduce(
    (reshaped, layer, i) =>
      reshapeWeight(reshaped, layer.weight, choice.reshaping, choice.parameters, xxHash32(i, seed)),
    model,
  );
}

/**
 * Gradient inhibition of one layer, by default the last fully connected one (Liu et al., section V-A).
 * @throws ToolkitError `not-a-classifier` when the model has no such layer;
 *   `unknown-name` for an unknown layer
 */
export function inhibitLayer(model: Model, tau: number, layer?: string): Model {
  const layers = weightLayers(model);
  const byName = Object.fromEntries(
    layers.flatMap((l) => [
      [l.weight, l],
      [l.label, l],
    ]),
  );
  const chosen = layer === undefined ? lastFullyConnected(model) : lookUp(byName, layer, 'layer');
  if (!chosen) {
    const problems = ['it has no fully connected layer to inhibit; name a layer'];
    throw new ToolkitError('not-a-classifier', { source: 'model', problems });
  }
  return reshapeWeight(model, chosen.weight, inhibit, { tau });
}
