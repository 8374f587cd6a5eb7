import { type Split, splitOf } from '../../src/core/data/dataset.js';
import type { Model } from '../../src/core/onnx/graph.js';
import type { CheckpointStore } from '../../src/core/training/checkpoint.js';
import { type FitOptions, fit as fitModel, type TrainingPlan } from '../../src/core/training/fit.js';
import { trainableParameters } from '../../src/core/training/training-graph.js';
import { nodeRuntime } from '../../src/node/runtime.js';
import { uniform } from './classifiers.js';

/** A checkpoint store in memory that remembers how often it was written. */
export class MemoryStore implements CheckpointStore {
  bytes: Uint8Array | undefined;
  saves = 0;
  async load() {
    return this.bytes;
  }
  async save(bytes: Uint8Array) {
    this.bytes = bytes.slice();
    this.saves += 1;
  }
  async clear() {
    this.bytes = undefined;
  }
}

/** Random images whose class is the quadrant with the most light. */
export function quadrants(count: number, side = 6): Split {
  const { data } = uniform([count, 1, side, side], 0, 1, 'quadrants');
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    const light = [0, 0, 0, 0];
    for (let i = 0; i < side * side; i++) {
      const quadrant = (i < (side * side) / 2 ? 0 : 2) + (i % side < side / 2 ? 0 : 1);
      light[quadrant]! += data[n * side * side + i]!;
    }
    labels[n] = light.indexOf(Math.max(...light));
  }
  return splitOf({ dims: [1, side, side], classes: 4, pixels: data, labels });
}

export const tinyPlan: TrainingPlan = {
  epochs: 3,
  batchSize: 8,
  optimizer: 'adam',
  learningRate: 0.01,
  schedule: 'cosine',
  seed: 5,
};

export async function train(
  model: Model,
  split: Split,
  plan: TrainingPlan = tinyPlan,
  options: Partial<FitOptions> = {},
) {
  return fitModel(model, split, { runtime: await nodeRuntime(), threads: 1, plan, ...options });
}

/** The trained values by name, as plain arrays for comparison. */
export const valuesOf = (model: Model) =>
  Object.fromEntries([...trainableParameters(model)].map(([name, value]) => [name, value.data]));
