import type { Graph, Node, ValueType } from '../graph.js';
import { elementwise } from './elementwise-shapes.js';
import { Environment, ShapeContext, type ShapeFunction, UnknownShape } from './environment.js';
import { layers } from './layer-shapes.js';
import { structure } from './structure-shapes.js';

export { Environment, normalizeAxis } from './environment.js';
export { outputSize, type Window, windowOf } from './layer-shapes.js';
export { clampIndex, sliceLength } from './structure-shapes.js';

const table: Readonly<Record<string, ShapeFunction>> = { ...elementwise, ...layers, ...structure };

/** Operators of standard ONNX whose output shapes we can work out. */
export const shapedOperators: readonly string[] = Object.keys(table).sort();

/**
 * Adds the types of a node's outputs to the environment. What cannot be known stays unknown;
 * what contradicts itself throws `shape-mismatch`.
 */
export function inferNode(node: Node, env: Environment): void {
  const infer = node.domain === '' && Object.hasOwn(table, node.op) ? table[node.op] : undefined;
  if (!infer) return;
  try {
    const { outputs, content } = infer(new ShapeContext(node, env));
    node.outputs.forEach((name, i) => {
      const type: ValueType | undefined = outputs[i];
      if (name !== '' && type) env.declare(name, type);
    });
    const type = outputs[0];
    const vector = type?.dims && type.dims.length <= 1 && (type.dtype === 'int64' || type.dtype === 'int32');
    if (content && node.outputs[0] && vector) env.declareContent(node.outputs[0], content);
  } catch (error) {
    if (!(error instanceof UnknownShape)) throw error;
  }
}

/** Types of all values of a graph whose nodes are in topological order. */
export function inferShapes(graph: Graph): Environment {
  const env = Environment.of(graph);
  for (const node of graph.nodes) inferNode(node, env);
  return env;
}
