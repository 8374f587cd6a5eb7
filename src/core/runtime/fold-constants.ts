import { isStatic } from '../onnx/dims.js';
import type { Environment } from '../onnx/environment.js';
import type { Graph, Model, Node, Value } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { dependents, inputsOf, prune, topological } from '../onnx/order.js';
import { inlineControlFlow } from '../onnx/rewrite/control-flow.js';
import { bytesOf, type Tensor } from '../tensor/tensor.js';
import type { Runtime } from './runtime.js';

export interface FoldOptions {
  /** Largest constant that is written, in bytes; larger ones stay as they are computed. Default 64 MiB. */
  readonly maxBytes?: number;
  /** How messages name the model. */
  readonly source?: string;
}

/** Operators that give other numbers every time. */
const RANDOM = new Set([
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

/** A branch that is taken may hold other constants and conditions. */
const MAX_ROUNDS = 8;

/**
 * The model with everything that depends on no input computed once, by the engine, and stored: exporters
 * leave arithmetic on constants, weights that are dequantized, and conditions. Branches whose condition is
 * known are written out.
 *
 * Meant for graphs that are differentiated or inspected. The engine folds what it runs itself.
 *
 * @returns the model itself when nothing is left to compute
 * @throws ToolkitError `runtime` when the engine refuses the part that is constant
 */
export async function foldConstants(
  model: Model,
  runtime: Runtime,
  { maxBytes = 2 ** 26, source = 'model' }: FoldOptions = {},
): Promise<Model> {
  let folded = inlineControlFlow(model, source);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = inlineControlFlow(await foldOnce(folded, runtime, maxBytes, source), source);
    if (next === folded) break;
    folded = next;
  }
  return folded;
}

async function foldOnce(model: Model, runtime: Runtime, maxBytes: number, source: string): Promise<Model> {
  const graph: Graph = { ...model.graph, nodes: topological(model.graph, source) };
  const types = inferShapes(graph);
  const foldable = foldableNodes(graph, types, maxBytes);
  if (foldable.size === 0) return model;
  const names = frontier(graph, foldable);
  const values = await evaluate(model, graph, foldable, names, { runtime, source, types });
  const small = new Map(
    Object.entries(values).filter(([, { dtype, dims }]) => bytesOf(dtype, dims) <= maxBytes),
  );
  if (small.size === 0) return model;
  const nodes = graph.nodes.flatMap((node) => {
    const left = node.outputs.map((name) => (small.has(name) ? '' : name));
    if (left.every((name) => name === '')) return [];
    return [node.outputs.some((name) => small.has(name)) ? { ...node, outputs: left } : node];
  });
  const initializers = new Map<string, Tensor>([...graph.initializers, ...small]);
  return { ...model, graph: prune({ ...graph, nodes, initializers }) };
}

/** Nodes that depend on no input and whose results are not known to be too large. */
function foldableNodes(graph: Graph, types: Environment, maxBytes: number): ReadonlySet<Node> {
  const moving = dependents(
    graph.nodes,
    graph.inputs.map((v) => v.name),
  );
  const foldable = new Set<Node>();
  for (const node of graph.nodes) {
    const isConstant = !inputsOf(node).some((name) => moving.has(name)) && !isRandom(node);
    if (isConstant && node.outputs.every((name) => fits(types, name, maxBytes))) foldable.add(node);
    else for (const output of node.outputs) moving.add(output);
  }
  return foldable;
}

const isRandom = (node: Node) => node.domain === '' && RANDOM.has(node.op);

/** Element types that the engine hands out. */
function fits(types: Environment, name: string, maxBytes: number): boolean {
  const type = types.type(name);
  if (!type) return true;
  if (/^u?int[24]$|^float[48]e|^complex/.test(type.dtype)) return false;
  return !type.dims || !isStatic(type.dims) || bytesOf(type.dtype, type.dims) <= maxBytes;
}

/** Results that something else than a constant uses. */
function frontier(graph: Graph, foldable: ReadonlySet<Node>): readonly string[] {
  const used = new Set(graph.outputs.map((v) => v.name));
  for (const node of graph.nodes) if (!foldable.has(node)) for (const name of inputsOf(node)) used.add(name);
  return [...foldable].flatMap((node) => node.outputs).filter((name) => name !== '' && used.has(name));
}

async function evaluate(
  model: Model,
  graph: Graph,
  foldable: ReadonlySet<Node>,
  names: readonly string[],
  { runtime, source, types }: { runtime: Runtime; source: string; types: Environment },
): Promise<Readonly<Record<string, Tensor>>> {
  const { stated: _, ...rest } = graph;
  const outputs = names.map((name): Value => {
    const dtype = types.type(name)?.dtype;
    return { name, ...(dtype && { type: { dtype } }) };
  });
  const part = prune({
    ...rest,
    inputs: [],
    outputs,
    nodes: graph.nodes.filter((node) => foldable.has(node)),
  });
  const { origin: __, ...bare } = model;
  const session = await runtime.createSession({ ...bare, graph: part }, { source, threads: 1 });
  try {
    return await session.run({});
  } finally {
    await session.release();
  }
}
