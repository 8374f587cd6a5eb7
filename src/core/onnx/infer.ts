import { ToolkitError } from '../base/errors.js';
import { MODEL_LIMITS } from '../base/limits.js';
import { Environment, isFollowed } from './environment.js';
import { type Dim, type Graph, type Node, nodeLabel, type ValueType } from './graph.js';
import { operatorOf } from './operators/index.js';
import { ShapeContext, UnknownShape } from './operators/operator.js';

/** @returns undefined where `work` finds that something it needs is unknown */
function unlessUnknown<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnknownShape) return undefined;
    throw error;
  }
}

/**
 * Adds what is known of a node's outputs to the environment: types, and the numbers of shapes and axes. What
 * cannot be known is taken from the file's own statements, or stays unknown.
 *
 * @throws ToolkitError `shape-mismatch` for a node that contradicts itself
 */
export function inferNode(node: Node, env: Environment): void {
  const operator = operatorOf(node);
  const context = operator && new ShapeContext(node, env, operator.attributes);
  const types = context && unlessUnknown(() => operator.shape(context));
  node.outputs.forEach((name, i) => {
    if (name === '') return;
    const type = env.settle(name, types?.[i], context?.invented);
    if (!type) return;
    checkDims(node, type);
    env.declare(name, type);
    if (!context || !isFollowed(type)) return;
    const values = unlessUnknown(() => operator.value?.(context, i));
    if (values) env.declareContent(name, values);
  });
}

/** @throws ToolkitError `shape-mismatch` for a result that no memory can hold, or of a negative size */
function checkDims(node: Node, { dims = [] }: ValueType): void {
  const isSize = (dim: Dim) => typeof dim === 'string' || (Number.isSafeInteger(dim) && dim >= 0);
  if (dims.length <= MODEL_LIMITS.rank && dims.every(isSize)) return;
  const shape = dims.length <= MODEL_LIMITS.rank ? `[${dims}]` : `of ${dims.length} dimensions`;
  throw new ToolkitError('shape-mismatch', {
    node: nodeLabel(node),
    reason: `a result of the shape ${shape}`,
  });
}

function inferNodes(graph: Graph, env: Environment): void {
  for (const node of graph.nodes) inferNode(node, env);
}

/** What is known before any node: inputs, weights and, of a sub-graph, the values around it. */
export const environmentOf = (graph?: Graph, outer?: Environment): Environment =>
  new Environment(graph, inferNodes, outer);

type Known = Pick<Graph, 'inputs' | 'outputs' | 'initializers' | 'stated' | 'origin'> & {
  readonly env: Environment;
};

/** What was inferred of graphs, which do not change: a model is looked at by many in turn. */
const inferred = new WeakMap<readonly Node[], Known>();

const isSame = (a: Known, b: Graph): boolean =>
  a.inputs === b.inputs &&
  a.outputs === b.outputs &&
  a.initializers === b.initializers &&
  a.stated === b.stated &&
  a.origin === b.origin;

/** What is known of all values of a graph whose nodes are in topological order; not to be added to. */
export function inferShapes(graph: Graph, outer?: Environment): Environment {
  const known = outer ? undefined : inferred.get(graph.nodes);
  if (known && isSame(known, graph)) return known.env;
  const env = environmentOf(graph, outer);
  inferNodes(graph, env);
  const { inputs, outputs, initializers, stated, origin } = graph;
  if (!outer) {
    const about = {
      inputs,
      outputs,
      initializers,
      env,
      ...(stated && { stated }),
      ...(origin && { origin }),
    };
    inferred.set(graph.nodes, about);
  }
  return env;
}
