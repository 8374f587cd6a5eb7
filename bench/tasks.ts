import type { Batch } from '../src/core/data/dataset.js';
import { objectives } from '../src/core/models/objectives/index.js';
import { GraphBuilder } from '../src/core/onnx/builder.js';
import type { Model } from '../src/core/onnx/graph.js';
import type { Runtime } from '../src/core/runtime/runtime.js';
import { float32, type Tensor } from '../src/core/tensor/tensor.js';
import { optimizers } from '../src/core/training/optimizers.js';
import { trainableParameters, trainingGraph } from '../src/core/training/training-graph.js';
import type { Task } from './measure.js';

/** Rows and columns of the matrix product that stands for what this machine can do. */
export const SGEMM = 2048;

/**
 * One large single-precision matrix product through the engine: the roofline that everything is a share of.
 */
export async function sgemm(runtime: Runtime, threads?: number): Promise<Task> {
  const g = new GraphBuilder();
  const random = () => Float32Array.from({ length: SGEMM * SGEMM }, () => Math.random() - 0.5);
  const b = g.initializer('b', float32([SGEMM, SGEMM], random()));
  g.output(g.matmul(g.input('a', 'float32', [SGEMM, SGEMM]), b), 'c');
  const session = await runtime.createSession(g.build(), threads ? { threads } : {});
  const a = float32([SGEMM, SGEMM], random());
  return {
    name: 'sgemm',
    flops: 2 * SGEMM ** 3,
    images: 0,
    run: async () => void (await session.run({ a })),
  };
}

export interface StepOptions {
  readonly runtime: Runtime;
  readonly name: string;
  readonly batch: Batch;
  /** Of one step. */
  readonly flops: number;
  readonly threads?: number;
}

/** One step of training with Adam: forward pass, gradients, update. */
export async function trainingTask(model: Model, options: StepOptions): Promise<Task> {
  const { runtime, name, batch, flops, threads } = options;
  const graph = trainingGraph(model, objectives['cross-entropy']);
  const session = await runtime.createSession(graph.model, threads ? { threads } : {});
  const parameters = trainableParameters(model);
  const state = [...parameters].map(([key, value]) => ({
    value,
    output: graph.gradients.get(key)!,
    slots: [new Float32Array(value.data.length), new Float32Array(value.data.length)],
  }));
  let step = 0;
  const run = async () => {
    const feeds = {
      [graph.image]: batch.images,
      [graph.label]: batch.labels,
      ...Object.fromEntries(parameters),
    };
    const results: Record<string, Tensor> = await session.run(feeds);
    step += 1;
    for (const { value, output, slots } of state) {
      // A rate of almost zero: the weights must not drift into a regime of their own while being timed.
      optimizers.adam.update(value.data, results[output]!.data as Float32Array, slots, 1e-9, step);
    }
  };
  return { name: `training step ${name}`, flops, images: batch.labels.dims[0]!, run };
}
