import type { Environment } from '../onnx/environment.js';
import type { Graph, Model, Node } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { attributesOf } from '../onnx/operators/index.js';
import { normalizeAxis } from '../onnx/operators/operator.js';
import { step } from '../onnx/operators/rewrites.js';
import { producersOf } from '../onnx/order.js';
import { int64 } from '../tensor/tensor.js';

/**
 * What a classifier ends in: logits; probabilities (or their logarithms) made of them by the last operator;
 * or probabilities that cannot be taken off.
 */
export const heads = ['logits', 'softmax', 'log-softmax', 'sigmoid', 'probabilities'] as const;
export type Head = (typeof heads)[number];

const HEADS: Readonly<Record<string, Head>> = {
  Softmax: 'softmax',
  LogSoftmax: 'log-softmax',
  Sigmoid: 'sigmoid',
};

/** Operators that neither change numbers nor their order; of Cast, those between floating-point types. */
const PASSING = new Set(['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Cast']);

/** The end of a classifier. */
export interface FoundHead {
  readonly head: Head;
  /** The operator that makes probabilities. */
  readonly node?: Node;
  /** What it is made of: of the same numbers, whatever their shape. */
  readonly scores: string;
}

/**
 * The model with its logits as output. Objectives are written for logits: the cross-entropy of a softmax of a
 * softmax has another, much flatter gradient. A softmax over the classes, or a sigmoid of each, that only
 * passes through reshapes afterwards becomes an Identity, so names, shapes and predicted classes stay. A pair
 * `[1 - p, p]` of one sigmoid becomes `[0, z]`.
 *
 * @param model an image classifier with one output [N, classes], its nodes in order
 */
export function withLogits(model: Model): { readonly model: Model; readonly head: Head } {
  const { graph } = model;
  const { node, head, scores } = headOf(graph, graph.outputs[0]?.name ?? '');
  if (!node) return { model, head: 'logits' };
  if (node.op === 'Concat') return { model: withPair(model, node, scores), head };
  const identity: Node = { ...node, op: 'Identity', attributes: {} };
  const nodes = graph.nodes.map((other) => (other === node ? identity : other));
  return { model: { ...model, graph: { ...graph, nodes } }, head };
}

/** What an output ends in, and what that is made of. @param graph its nodes in order */
export function headOf(graph: Graph, output: string, producers = producersOf(graph.nodes)): FoundHead {
  const types = inferShapes(graph);
  const producer = (value: string) => producers.get(value);
  const passed = (from: string): string => {
    let value = from;
    // A graph that is not in order could hold a circle.
    for (let steps = 0; steps <= graph.nodes.length; steps++) {
      const node = producer(value);
      const [input = ''] = node?.inputs ?? [];
      const isPassing = node?.domain === '' && PASSING.has(node.op);
      if (!isPassing || !types.type(input)?.dtype.includes('float')) break;
      value = input;
    }
    return value;
  };
  const end = passed(output);
  const node = producer(end);
  const [input = ''] = node?.inputs ?? [];
  if (node?.domain !== '') return { head: 'logits', scores: end };
  const head = Object.hasOwn(HEADS, node.op) ? HEADS[node.op] : undefined;
  if (head && (head === 'sigmoid' || isOverClasses(node, types, output)))
    return { head, node, scores: passed(input) };
  const pair = node.op === 'Concat' ? sigmoidPair(node, types, producer) : undefined;
  return pair ? { head: 'sigmoid', node, scores: pair } : { head: 'logits', scores: end };
}

/** [N, classes], or the same with more axes of size 1 (a convolution at the end). */
function isOverClasses(node: Node, env: Environment, output: string): boolean {
  // What a loop puts out may have no known shape; that of the result is then what the file states.
  const shapes = [node.inputs[0], node.outputs[0]].map((name) => env.type(name ?? '')?.dims);
  const [dims, wanted] = [shapes[0] ?? shapes[1], env.type(output)?.dims];
  if (!dims || !wanted) return false;
  const axis = normalizeAxis(attributesOf(node, 'Softmax').axis, dims.length);
  const classes = dims[axis];
  const fits = (size: unknown, at: number) => size === (at === 0 ? wanted[0] : at === axis ? classes : 1);
  return axis > 0 && classes !== 1 && wanted.includes(classes ?? 0) && dims.every(fits);
}

/** The logit z [N, 1] of a pair that is made of `p = sigmoid(z)`: `1 - p` and `p`, in either order. */
function sigmoidPair(
  { inputs }: Node,
  types: Environment,
  producer: (value: string) => Node | undefined,
): string | undefined {
  if (inputs.length !== 2) return undefined;
  const p = inputs.find((name) => producer(name)?.op === 'Sigmoid') ?? '';
  const rest = producer(inputs.find((name) => name !== p) ?? '');
  const [one, ...others] = types.content(rest?.inputs[0] ?? '')?.values ?? [];
  const isRest = rest?.op === 'Sub' && rest.inputs[1] === p && one === 1 && others.length === 0;
  const dims = types.type(p)?.dims;
  return isRest && dims?.length === 2 && dims[1] === 1 ? producer(p)?.inputs[0] : undefined;
}

/** The pair `[0, z]` in the place of a pair of probabilities; `[z, 0]` where the sigmoid comes first. */
function withPair(model: Model, node: Node, logit: string): Model {
  const { graph } = model;
  const [output = ''] = node.outputs;
  const isFirst = graph.nodes.some(
    ({ op, outputs }) => op === 'Sigmoid' && outputs.includes(node.inputs[0] ?? ''),
  );
  const pads = `${output}/pads`;
  const initializers = new Map(graph.initializers);
  initializers.set(pads, int64([4], isFirst ? [0, 0, 0, 1] : [0, 1, 0, 0]));
  const nodes = graph.nodes.map((other) => (other === node ? step('Pad', [logit, pads], output) : other));
  return { ...model, graph: { ...graph, nodes, initializers } };
}
