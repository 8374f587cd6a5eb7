import type { Tensor } from '../../tensor/tensor.js';
import type { Environment } from '../environment.js';
import { bodiesOf, type Graph, type Model, type Node } from '../graph.js';
import { environmentOf, inferNode } from '../infer.js';
import { attributesOf } from '../operators/index.js';
import { topological } from '../order.js';
import { sparseTypes } from '../sparse.js';
import { copyBody, withBodies } from './copy.js';
import { Names } from './value-names.js';

const isIf = (node: Node) => node.op === 'If' && node.domain === '';
const holdsIf = (graph: Graph): boolean =>
  graph.nodes.some((node) => isIf(node) || bodiesOf(node).some(holdsIf));

/**
 * The model with the branch that is taken in the place of every `If` whose condition is known: a constant, or
 * something that follows from the shapes. Exporters write them for what their own language decided at run
 * time.
 *
 * @returns the model itself when nothing is known of any condition
 */
export function inlineConditions(model: Model, source = 'model'): Model {
  if (!holdsIf(model.graph)) return model;
  const names = new Names(model.graph);
  const graph = inlined({ ...model.graph, nodes: topological(model.graph, source) }, names, undefined);
  return graph.nodes.every((node, i) => node === model.graph.nodes[i]) ? model : { ...model, graph };
}

function inlined(graph: Graph, names: Names, outer: Environment | undefined): Graph {
  const env = environmentOf(graph, outer);
  const initializers = new Map<string, Tensor>(graph.initializers);
  const nodes: Node[] = [];
  const waiting = [...graph.nodes].reverse();
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const branch = isIf(node) ? takenBranch(node, env) : undefined;
    if (branch) {
      const prefix = `${node.name || node.outputs[0]}/`;
      const copied = copyBody(branch, [], node.outputs, names, prefix);
      for (const [name, value] of copied.initializers) {
        initializers.set(name, value);
        env.declareTensor(name, value);
      }
      waiting.push(...[...copied.nodes].reverse());
      continue;
    }
    const changed = bodiesOf(node).some(holdsIf)
      ? { ...node, attributes: withBodies(node, (body) => inlined(body, names, env)) }
      : node;
    nodes.push(changed);
    inferNode(changed, env);
  }
  return { ...graph, nodes, initializers };
}

function takenBranch(node: Node, env: Environment): Graph | undefined {
  const [condition] = env.content(node.inputs[0] ?? '')?.values ?? [];
  if (typeof condition !== 'number') return undefined;
  const { then_branch, else_branch } = attributesOf(node, 'If');
  const branch = condition === 0 ? else_branch : then_branch;
  return sparseTypes(branch).size === 0 ? branch : undefined;
}
