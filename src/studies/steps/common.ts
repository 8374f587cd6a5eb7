import type { Dataset } from '../../datasets/dataset.js';
import type { Model } from '../../onnx/graph.js';
import { stream } from '../../random.js';
import { inhibitLayer } from '../../reshaping/index.js';
import type { StepContext } from '../step.js';

/**
 * The model a step starts from, gradient-inhibited when tau is not zero. Its hashes are already evaluated, which changes
 * no result but saves seconds for every session.
 */
export async function attackedModel(
  inputs: ReadonlyMap<string, Uint8Array>,
  tau: number,
  context: StepContext,
): Promise<Model> {
  const model = await context.materialized(inputs.get('model.onnx')!);
  return tau > 0 ? inhibitLayer(model, tau) : model;
}

/** Positions of the test images that are used: a random choice, the same for every model of a study, or all of them. */
export function attackedImages(dataset: Dataset, samples: number, seed: number): Uint32Array {
  const { count } = dataset.test;
  return samples >= count
    ? Uint32Array.from({ length: count }, (_, i) => i)
    : stream(seed, 'samples').sample(count, samples);
}
