import { ToolkitError } from '../base/errors.js';
import { lookUp } from '../base/names.js';
import { joinName, readParameters, splitCombined, splitName } from '../base/parameter-text.js';
import type { Model } from '../onnx/graph.js';
import type { Tensor } from '../tensor/tensor.js';
import { compressWeight, reshapeWeight, reshapingsOf } from './apply-reshaping.js';
import { cluster } from './cluster.js';
import { finishReshapings } from './finish-reshapings.js';
import { hash } from './hash.js';
import { identity } from './identity.js';
import { inhibit } from './inhibit.js';
import { prune } from './prune.js';
import { quantize } from './quantize.js';
import type { Parameters, Reshaping } from './reshaping.js';
import { lastFullyConnected, weightLayers } from './weight-layers.js';
import { xxHash32 } from './xxhash32.js';

export {
  compressWeight,
  RESHAPINGS_KEY,
  type ReshapingRecord,
  reshapeWeight,
  reshapingsOf,
} from './apply-reshaping.js';
export {
  defineReshaping,
  type Parameters,
  type QuantizedTheta,
  type Reshaping,
  type Site,
} from './reshaping.js';
export { scale } from './scale.js';
export { lastFullyConnected, outputAxis, type WeightLayer, weightLayers } from './weight-layers.js';
export { withoutDefences } from './without-defences.js';

/** Every reshaping by name. A new one is one file and one line here. */
export const reshapings = { identity, hash, prune, cluster, quantize, inhibit } as const satisfies Readonly<
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
  const weights = weightLayers(model).map(({ weight }) => weight);
  const own = ownParameters(model, choice, new Map(weights.map((weight) => [weight, weight])));
  return weights.reduce(
    (reshaped, weight, i) =>
      reshapeWeight(
        reshaped,
        weight,
        choice.reshaping,
        own.get(weight) ?? choice.parameters,
        xxHash32(i, seed),
      ),
    model,
  );
}

/** @param stored from each weight to the name of what is reshaped */
function ownParameters(
  { graph }: Model,
  { reshaping, parameters }: ReshapingChoice,
  stored: ReadonlyMap<string, string>,
): ReadonlyMap<string, Parameters> {
  const values = [...stored].flatMap(([weight, name]) => {
    const value = graph.initializers.get(name);
    return value?.dtype === 'float32' ? [[weight, value as Tensor<'float32'>] as const] : [];
  });
  return reshaping.together?.(new Map(values), parameters) ?? new Map();
}

/** Compressions that are applied one after the other: `prune:0.8+cluster:32+quantize:int8`, `none`. */
export interface CompressionChoice {
  readonly steps: readonly ReshapingChoice[];
  /** With every parameter, numbers as they were written. */
  readonly text: string;
}

/** @throws ToolkitError `unknown-name`; `bad-value`, also for reshapings that are no compressions */
export function parseCompression(text: string): CompressionChoice {
  const steps = splitCombined(text).map(parseReshaping);
  const other = steps.find(({ reshaping }) => reshaping.kind !== 'compression');
  if (other && !(steps.length === 1 && other.reshaping.kind === 'identity')) {
    throw new ToolkitError('bad-value', {
      what: 'compression',
      expected: 'compressions joined by "+", such as prune:0.8+cluster:32+quantize:int8, or none',
      received: `"${other.text}"`,
    });
  }
  return { steps, text: steps.map((step) => step.text).join('+') };
}

/** One step of a compression, behind which a network is fine-tuned. */
export interface CompressionStage {
  /** Of this step alone. */
  readonly choice: CompressionChoice;
  /** Whether it takes the place of the one before, instead of compressing what that one stores. */
  readonly replaces: boolean;
}

/**
 * The steps of a compression with fine-tuning: each compression is one, or several where it is applied
 * gradually, which is possible for the first alone.
 *
 * @throws ToolkitError `bad-value`
 */
export function compressionStages({ steps }: CompressionChoice): CompressionStage[] {
  const active = steps.filter(({ reshaping }) => reshaping.kind !== 'identity');
  return active.flatMap((step, at) => {
    const all = step.reshaping.gradually?.(step.parameters) ?? [step.parameters];
    if (all.length > 1 && at > 0) {
      const expected = 'one step, unless it is the first compression';
      throw new ToolkitError('bad-value', { what: step.reshaping.name, expected, received: step.text });
    }
    return all.map((parameters, i) => ({
      choice: { steps: [{ ...step, parameters }], text: step.text },
      replaces: i > 0,
    }));
  });
}

/** Compresses every weighted layer: each step what the one before it stores. */
export function compressAll(model: Model, { steps }: CompressionChoice, seed: number): Model {
  const weights = weightLayers(model).map(({ weight }) => weight);
  const active = steps.filter(({ reshaping }) => reshaping.kind !== 'identity');
  return active.reduce((compressed, step) => {
    const record = reshapingsOf(compressed);
    const stored = new Map(weights.map((weight) => [weight, record[weight]?.[0]?.stored ?? weight]));
    const own = ownParameters(compressed, step, stored);
    return weights.reduce(
      (each, weight, i) =>
        compressWeight(each, weight, step.reshaping, own.get(weight) ?? step.parameters, xxHash32(i, seed)),
      compressed,
    );
  }, model);
}

/** The model with quantized weights as integers, once training is over; see `finish-reshapings.ts`. */
export const finished = (model: Model): Model => finishReshapings(model, reshapings);

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
