import type { Environment } from '../onnx/environment.js';
import type { Graph, Model, Node } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { attributesOf } from '../onnx/operators/index.js';
import { normalizeAxis } from '../onnx/operators/operator.js';
import { producersOf } from '../onnx/order.js';

/** What a classifier ends in: logits, or probabilities (or their logarithms) made of them. */
export type Head = 'logits' | 'softmax' | 'log-softmax';

const HEADS: Readonly<Record<string, Head>> = { Softmax: 'softmax', LogSoftmax: 'log-softmax' };

/** Operators that neither change numbers nor their order; of Cast, those between floating-point types. */
const PASSING = new Set(['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Cast']);

/**
 * The model with its logits as output. Objectives are written for logits: the cross-entropy of a softmax of a
 * softmax has another, much flatter gradient. A softmax over the classes that only passes through reshapes
 * afterwards becomes an Identity, so names, shapes and predicted classes stay.
 *
 * @param model an image classifier with one output [N, classes], its nodes in order
 */
export function withLogits(model: Model): { readonly model: Model; readonly head: Head } {
  const { graph } = model;
  const node = softmaxAtTheEnd(graph);
  if (!node) return { model, head: 'logits' };
  const identity: Node = { ...node, op: 'Identity', attributes: {} };
  const nodes = graph.nodes.map((other) => (other === node ? identity : other));
  return { model: { ...model, graph: { ...graph, nodes } }, head: HEADS[node.op]! };
}

function softmaxAtTheEnd(graph: Graph): Node | undefined {
  const env = inferShapes(graph);
  const [output] = graph.outputs;
  if (!output) return undefined;
  let value = output.name;
  const producers = producersOf(graph.nodes);
  // A graph that is not in order could hold a circle.
  for (let steps = 0; steps <= graph.nodes.length; steps++) {
    const node = producers.get(value);
    if (node?.domain !== '') return undefined;
    if (Object.hasOwn(HEADS, node.op)) return isOverClasses(node, env, output.name) ? node : undefined;
    if (!PASSING.has(node.op) || !env.type(node.inputs[0]!)?.dtype.includes('float')) return undefined;
    value = node.inputs[0]!;
  }
  return undefined;
}

/** [N, classes], or the same with more axes of size 1 (a convolution at the end). */
function isOverClasses(node: Node, env: Environment, output: string): boolean {
  const [dims, wanted] = [env.type(node.inputs[0]!)?.dims, env.type(output)?.dims];
  if (!dims || !wanted) return false;
  const axis = normalizeAxis(attributesOf(node, 'Softmax').axis, dims.length);
  const fits = (size: unknown, at: number) => size === (at === 0 ? wanted[0] : at === axis ? wanted[1] : 1);
  return axis > 0 && dims.every(fits);
}
