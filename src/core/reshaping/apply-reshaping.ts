import * as z from 'zod';
import { ToolkitError } from '../base/errors.js';
import { parameterValuesSchema } from '../base/parameter-schema.js';
import { type Descriptors, type ParametersOf, resolveValues } from '../base/parameters.js';
import { GraphBuilder } from '../onnx/builder.js';
import { isStatic } from '../onnx/dims.js';
import type { Graph, Model, Node } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { topological } from '../onnx/order.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Reshaping } from './reshaping.js';
import { outputAxis } from './weight-layers.js';

/**
 * What was done to a weight, from what is stored to the weight itself; kept in the model's metadata so that a
 * file explains itself.
 */
const recordSchema = z.record(
  z.string(),
  z.array(z.object({ name: z.string(), parameters: parameterValuesSchema, stored: z.string() })),
);
export type ReshapingRecord = z.infer<typeof recordSchema>;

/** Where a model's metadata says what was done to its weights. */
export const RESHAPINGS_KEY = 'foolproof.reshapings';

/** The reshapings a model was given by this toolkit, by weight; empty for models from elsewhere. */
export function reshapingsOf(model: Model): ReshapingRecord {
  const text = model.metadata.get(RESHAPINGS_KEY);
  if (!text) return {};
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    // Metadata may come from any program: unreadable records count as none.
    return {};
  }
}

/**
 * Puts a reshaping between what is stored of a weight and the layers that use it. The
 * effective weight keeps its name.
 *
 * @param weight name of an initializer, or of a value computed from initializers (a weight reshaped before)
 */
export function reshapeWeight<D extends Descriptors>(
  model: Model,
  weight: string,
  reshaping: Reshaping<D>,
  given: ParametersOf<D>,
  seed = 0,
): Model {
  const { reshaped, entry } = inserted(model, weight, { reshaping, given, seed });
  const record = reshapingsOf(model);
  return recorded(reshaped, { ...record, [weight]: [...(record[weight] ?? []), entry] });
}

/**
 * Compresses what is stored of a weight: the weight itself, or theta of the compression before. Those after
 * it compute the weight from what this one makes of it, so that pruned weights are clustered, clustered
 * weights quantized (Han, Mao and Dally 2016).
 */
export function compressWeight<D extends Descriptors>(
  model: Model,
  weight: string,
  reshaping: Reshaping<D>,
  given: ParametersOf<D>,
  seed = 0,
): Model {
  const record = reshapingsOf(model);
  const chain = record[weight] ?? [];
  const { reshaped, entry } = inserted(model, chain[0]?.stored ?? weight, { reshaping, given, seed });
  return recorded(reshaped, { ...record, [weight]: [entry, ...chain] });
}

/** The model with this record in its metadata. */
export const recorded = (model: Model, record: ReshapingRecord): Model => ({
  ...model,
  metadata: new Map(model.metadata).set(RESHAPINGS_KEY, JSON.stringify(record)),
});

interface Insertion<D extends Descriptors> {
  readonly reshaping: Reshaping<D>;
  readonly given: ParametersOf<D>;
  readonly seed: number;
}

/** The graph with a reshaping that computes `weight` from what it stores, and its entry of the record. */
function inserted<D extends Descriptors>(
  model: Model,
  weight: string,
  { reshaping, given, seed }: Insertion<D>,
): { readonly reshaped: Model; readonly entry: ReshapingRecord[string][number] } {
  const { dtype, dims } = inferShapes(model.graph).type(weight) ?? {};
  if (!dims || !isStatic(dims)) {
    throw new ToolkitError('unknown-shape', {
      node: weight,
      reason: 'only weights of known shape can be reshaped',
    });
  }
  if (dtype !== 'float32') {
    throw new ToolkitError('bad-value', {
      what: `type of ${weight}`,
      expected: 'float32',
      received: String(dtype),
    });
  }
  const parameters = resolveValues(reshaping.name, reshaping.parameters, given);
  checkStored(model, weight, reshaping);
  const place = freePlace(model, `${weight}/${reshaping.name}`);
  const stored = `${place}/theta`;
  const value = model.graph.initializers.get(weight) as Tensor<'float32'> | undefined;
  const { nodes, initializers } = detach(
    model,
    weight,
    stored,
    value && reshaping.initialize(value, parameters),
  );

  const g = new GraphBuilder(undefined, `${place}/`);
  const thetaDims = initializers.get(stored)?.dims ?? dims;
  g.input(stored, 'float32', thetaDims);
  const axis = outputAxis(model, weight, dims.length);
  const site = { weight, dims, seed, ...(value && { value }), axis };
  const effective = reshaping.emit(g, stored, site, parameters);
  g.op('Identity', [effective], {}, { outputs: [weight] });
  g.output(weight);
  const phi = g.build().graph;
  const graph: Graph = {
    ...model.graph,
    initializers: new Map([...initializers, ...phi.initializers]),
    nodes: [...phi.nodes, ...nodes],
  };
  return {
    reshaped: {
      ...model,
      irVersion: Math.max(model.irVersion, 9),
      graph: { ...graph, nodes: topological(graph) },
    },
    entry: { name: reshaping.name, parameters: { ...parameters }, stored },
  };
}

/** Gives what produces `weight` the name `stored`, so that the effective weight can take over its name. */
function detach(model: Model, weight: string, stored: string, theta: Tensor | undefined) {
  const initializers = new Map(model.graph.initializers);
  initializers.delete(weight);
  if (theta) initializers.set(stored, theta);
  // The node's own name too: the runtime refuses a model with two nodes of one name.
  const given = (name: string) => (name === weight ? stored : name);
  const rename = (node: Node): Node =>
    node.outputs.includes(weight)
      ? { ...node, name: given(node.name), outputs: node.outputs.map(given) }
      : node;
  return { initializers, nodes: model.graph.nodes.map(rename) };
}

/** "fc2.weight/inhibit", then "fc2.weight/inhibit.2" ...: free names of the graph; metadata may be lost. */
function freePlace({ graph }: Model, place: string): string {
  const taken = new Set([...graph.initializers.keys(), ...graph.nodes.flatMap((node) => node.outputs)]);
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? place : `${place}.${count}`;
    if (!taken.has(`${candidate}/theta`)) return candidate;
  }
}

/** A computed weight has no numbers of its own that a compression could store fewer of. */
function checkStored({ graph }: Model, weight: string, { name, kind }: Pick<Reshaping, 'name' | 'kind'>) {
  if (kind !== 'compression' || graph.initializers.has(weight)) return;
  throw new ToolkitError('bad-value', {
    what: `${name} of ${weight}`,
    expected: 'a weight that the model stores; compress first, reshape otherwise afterwards',
    received: 'a weight that the model computes from others',
  });
}
