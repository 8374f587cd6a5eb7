import { stream } from '../../src/core/base/random.js';
import { buildModel } from '../../src/core/models/build-model.js';
import { Classifier, type ClassifierOptions } from '../../src/core/models/classifier.js';
import type { Model } from '../../src/core/onnx/graph.js';
import { float32, sizeOf, type Tensor } from '../../src/core/tensor/tensor.js';
import { nodeRuntime } from '../../src/node/runtime.js';

/** A classifier on the native runtime with one thread, so that other work on the machine is not disturbed. */
export async function classifierOf(
  model: Model,
  options: Partial<ClassifierOptions> = {},
): Promise<Classifier> {
  return new Classifier(model, { runtime: await nodeRuntime(), threads: 1, ...options });
}

/** A copy of the model with some of its stored values replaced. */
export function withValues(model: Model, values: Readonly<Record<string, ArrayLike<number>>>): Model {
  const initializers = new Map(model.graph.initializers);
  for (const [name, data] of Object.entries(values)) {
    const old = initializers.get(name);
    if (!old) throw new RangeError(`the model stores no ${name}`);
    initializers.set(name, float32(old.dims, data));
  }
  return { ...model, graph: { ...model.graph, initializers } };
}

/** Logits `W x + b` of images [N, 1, 1, D]; weights [K][D]. */
export function linearModel(weights: readonly (readonly number[])[], biases: readonly number[]): Model {
  const model = buildModel(`1x1x${weights[0]!.length}-${weights.length}`);
  return withValues(model, { 'fc1.weight': weights.flat(), 'fc1.bias': biases });
}

/** Uniform random values in [low, high). */
export function uniform(
  dims: readonly number[],
  low: number,
  high: number,
  ...name: string[]
): Tensor<'float32'> {
  const random = stream(1, 'test', ...name);
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => low + (high - low) * random.uniform()),
  );
}

/** Normal random values. */
export function normal(dims: readonly number[], ...name: string[]): Tensor<'float32'> {
  const random = stream(1, 'test', ...name);
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => random.normal()),
  );
}

/** Largest absolute difference of two equally long lists. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
  }
  return largest;
}
