import type { Model } from '../onnx/graph.js';
import { ancestors, prune } from '../onnx/order.js';
import { weightLayers } from '../reshaping/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { expectType, type Tensor } from '../tensor/tensor.js';

/**
 * The effective weights that the layers multiply with, after all reshapings, by name and in the order of computation.
 * The engine evaluates what is stored in reshaped form.
 */
export async function effectiveWeights(model: Model, runtime: Runtime): Promise<Map<string, Tensor<'float32'>>> {
  const names = weightLayers(model).map((layer) => layer.weight);
  const { graph } = model;
  const computed = names.filter((name) => !graph.initializers.has(name));
  const values = await evaluate(model, computed, runtime);
  return new Map(
    names.map((name) => [name, expectType(graph.initializers.get(name) ?? values[name]!, 'float32', name)]),
  );
}

/** Evaluates values that depend on initializers alone. */
async function evaluate(model: Model, names: readonly string[], runtime: Runtime): Promise<Record<string, Tensor>> {
  if (names.length === 0) return {};
  const needed = ancestors(model.graph.nodes, names);
  const { origin: _, ...graph } = model.graph;
  const part = prune({
    ...graph,
    inputs: graph.inputs.filter((input) => needed.has(input.name)),
    // The engine insists on an element type for every output.
    outputs: names.map((name) => ({ name, type: { dtype: 'float32' as const } })),
  });
  const { origin: __, ...rest } = model;
  const session = await runtime.createSession({ ...rest, graph: part });
  try {
    return await session.run({});
  } finally {
    await session.release();
  }
}

/**
 * The same classifier with every reshaped weight stored as the plain numbers that it stands for. Larger, equal in
 * function, and without the seconds that evaluating hashes takes whenever a session is made.
 */
export async function materialize(model: Model, runtime: Runtime): Promise<Model> {
  const weights = await effectiveWeights(model, runtime);
  const stored = new Set([...weights.keys()].filter((name) => !model.graph.initializers.has(name)));
  if (stored.size === 0) return model;
  const graph = prune({
    ...model.graph,
    initializers: new Map([...model.graph.initializers, ...weights]),
    nodes: model.graph.nodes.filter((node) => !node.outputs.some((name) => stored.has(name))),
  });
  const metadata = new Map(model.metadata);
  metadata.delete('foolproof.reshapings');
  return { ...model, graph, metadata };
}
