import type { Graph, Model, Node } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { ancestors, dependents, prune } from '../onnx/order.js';
import { weightLayers } from '../reshaping/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { type DType, expectType, type Tensor } from '../tensor/tensor.js';

/** A model and, where there is one, a variant of it. */
export interface Variants {
  readonly model: Model;
  readonly variant?: Model;
}

/**
 * The same graphs with every weight that the model computes (hashed, inhibited) stored as plain numbers, so
 * that no session made of them computes it again. What both graphs compute is evaluated once. The engine
 * itself evaluates: results stay equal to the last bit.
 *
 * Weights that are quantized stay as they are: engines run these with kernels of their own.
 */
export async function foldWeights({ model, variant }: Variants, runtime: Runtime): Promise<Variants> {
  const weights = computedWeights(model);
  const others = variant ? computedWeights(variant) : [];
  if (weights.length + others.length === 0) return { model, ...(variant && { variant }) };
  const joint = variant ? beside(model.graph, variant.graph, others) : unchanged(model.graph);
  const names = [...new Set([...weights, ...others.map(joint.nameOf)])];
  const values = await evaluate({ ...model, graph: joint.graph }, names, runtime);
  const stored = (of: Model, computed: readonly string[], nameOf: (name: string) => string) =>
    withStored(of, new Map(computed.map((name) => [name, values[nameOf(name)]])));
  return {
    model: stored(model, weights, (name) => name),
    ...(variant && { variant: stored(variant, others, joint.nameOf) }),
  };
}

/** Names of float32 weights that are computed from initializers. */
function computedWeights(model: Model): string[] {
  const { graph } = model;
  const types = inferShapes(graph);
  // Sparse weights are neither stored as tensors nor computed.
  const produced = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const isQuantized = (weight: string) => {
    const needed = ancestors(graph.nodes, [weight]);
    return graph.nodes.some(
      ({ op, domain, outputs }) =>
        outputs.some((name) => needed.has(name)) && (domain !== '' || /quantize/i.test(op)),
    );
  };
  return weightLayers(model)
    .map(({ weight }) => weight)
    .filter((weight) => produced.has(weight) && types.type(weight)?.dtype === 'float32')
    .filter((weight) => !isQuantized(weight));
}

interface Joint {
  readonly graph: Graph;
  /** What a value of the variant is called in the joint graph. */
  nameOf(name: string): string;
}

const unchanged = (graph: Graph): Joint => ({ graph, nameOf: (name) => name });

/** Both graphs as one: of the variant, what it computes otherwise is added under other names. */
function beside(graph: Graph, variant: Graph, wanted: readonly string[]): Joint {
  const own = new Set(graph.nodes);
  const changed = variant.nodes.filter((node) => !own.has(node)).flatMap(({ outputs }) => outputs);
  const needed = ancestors(variant.nodes, wanted);
  const moved = new Set([...dependents(variant.nodes, changed)].filter((name) => needed.has(name)));
  let prefix = 'variant/';
  const taken = [...graph.initializers.keys(), ...graph.nodes.flatMap(({ outputs }) => outputs)];
  while (taken.some((name) => name.startsWith(prefix))) prefix = `variant/${prefix}`;
  const nameOf = (name: string) => (moved.has(name) ? `${prefix}${name}` : name);
  const copies = variant.nodes
    .filter(({ outputs }) => outputs.some((name) => moved.has(name)))
    .map(
      (node): Node => ({
        ...node,
        name: node.name && `${prefix}${node.name}`,
        inputs: node.inputs.map(nameOf),
        outputs: node.outputs.map(nameOf),
      }),
    );
  return { graph: { ...graph, nodes: [...graph.nodes, ...copies] }, nameOf };
}

/** Evaluates values of one element type that depend on initializers alone. */
export async function evaluate(
  model: Model,
  names: readonly string[],
  runtime: Runtime,
  dtype: DType = 'float32',
): Promise<Record<string, Tensor>> {
  if (names.length === 0) return {};
  const needed = ancestors(model.graph.nodes, names);
  const { origin: _, ...graph } = model.graph;
  const part = prune({
    ...graph,
    inputs: graph.inputs.filter((input) => needed.has(input.name)),
    // The engine insists on an element type for every output.
    outputs: names.map((name) => ({ name, type: { dtype } })),
  });
  const { origin: __, ...rest } = model;
  const session = await runtime.createSession({ ...rest, graph: part });
  try {
    return await session.run({});
  } finally {
    await session.release();
  }
}

/** The model with these values stored, without the nodes that computed them. */
export function withStored(model: Model, values: ReadonlyMap<string, Tensor | undefined>): Model {
  const initializers = new Map(model.graph.initializers);
  for (const [name, value] of values) {
    if (value) initializers.set(name, expectType(value, 'float32', name));
  }
  const nodes = model.graph.nodes.filter((node) => !node.outputs.some((name) => values.has(name)));
  return { ...model, graph: prune({ ...model.graph, initializers, nodes }) };
}
