import { isToolkitError, ToolkitError } from '../base/errors.js';
import { degree, product, substitute } from '../onnx/dims.js';
import type { Environment } from '../onnx/environment.js';
import { bodiesOf, type Dim, type Model, type Node, nodeLabel } from '../onnx/graph.js';
import { environmentOf, inferNode, inferShapes } from '../onnx/infer.js';
import { attributesOf } from '../onnx/operators/index.js';
import { normalizeAxis } from '../onnx/operators/operator.js';
import { ancestors, inputsOf } from '../onnx/order.js';
import { int64, type Tensor } from '../tensor/tensor.js';

/** The symbol of the batch dimension. */
const BATCH = 'N';

export interface FreeBatch {
  readonly model: Model;
  /** The batch size that the file fixed; null when it was free. */
  readonly fixed: number | null;
}

/**
 * The model for any number of images at once. Exporters often fix the batch size at the one of their example
 * input; mostly nothing in the graph depends on it but the constants of reshapes, which are rewritten.
 *
 * A graph is freed when every value that is computed from the images has a known shape in which the batch
 * occurs exactly once, and equals the old shape at the old batch size. Anything else is refused: results
 * would mix images.
 *
 * @param model with one input of known shape, its nodes in order
 * @throws ToolkitError `not-a-classifier` naming the node that holds on to the batch size
 */
export function freeBatch(model: Model, source = 'model'): FreeBatch {
  const { graph } = model;
  const [input] = graph.inputs;
  const fixed = input?.type?.dims?.[0];
  if (typeof fixed !== 'number') return { model, fixed: null };
  const before = inferShapes(graph);
  const freed = {
    name: input!.name,
    type: { dtype: input!.type!.dtype, dims: [BATCH, ...input!.type!.dims!.slice(1)] },
  };
  const initializers = new Map(graph.initializers);
  // What the file states of shapes holds the old batch size: they are worked out anew.
  const { stated: _, ...rest } = graph;
  const env = environmentOf({ ...rest, inputs: [freed], outputs: [] });
  const needed = ancestors(graph.nodes, [graph.outputs[0]!.name]);
  const carrying = new Set([input!.name]);
  const nodes = graph.nodes.map((node) => {
    const carries = !SHAPES.has(node.op) && inputsOf(node).some((name) => carrying.has(name));
    const result =
      carries && node.op === 'Reshape' ? freeReshape(node, fixed, before, env, initializers) : node;
    const problem = infer(result, env);
    if (!carries) return result;
    for (const name of node.outputs) {
      if (name === '' || !needed.has(name)) continue;
      carrying.add(name);
      if (problem || mixes(node, env) || !isFreed(before.type(name)?.dims, env.type(name)?.dims, fixed)) {
        throw refusal(source, fixed, node);
      }
    }
    return result;
  });
  const outputs = graph.outputs.map(({ name }) => ({ name, ...typeOf(env, name) }));
  return { model: { ...model, graph: { ...rest, inputs: [freed], outputs, nodes, initializers } }, fixed };
}

/** What they compute is a size, not anything of the images. */
const SHAPES = new Set(['Shape', 'Size']);

const typeOf = (env: Environment, name: string) => {
  const type = env.type(name);
  return type ? { type } : {};
};

const refusal = (source: string, fixed: number, node: Node): ToolkitError =>
  new ToolkitError('not-a-classifier', {
    source,
    problems: [
      `its batch size is fixed at ${fixed} and ${node.op} (${nodeLabel(node)}) depends on it; export it with a dynamic batch axis`,
    ],
  });

/** @returns whether the shapes contradict each other */
function infer(node: Node, env: Environment): boolean {
  try {
    inferNode(node, env);
    return false;
  } catch (error) {
    if (isToolkitError(error, 'shape-mismatch')) return true;
    throw error;
  }
}

/**
 * A reshape to constants that begin with the old batch size: that entry becomes -1, "what is left", and the
 * others are spelled out.
 */
function freeReshape(
  node: Node,
  fixed: number,
  before: Environment,
  env: Environment,
  initializers: Map<string, Tensor>,
): Node {
  const [data, shape] = node.inputs as [string, string];
  const wanted = env.list(shape);
  const rest = before.type(node.outputs[0]!)?.dims?.slice(1);
  if (wanted?.[0] !== fixed || env.type(data)?.dims?.[0] !== BATCH) return node;
  const sizes = rest?.every((size): size is number => typeof size === 'number' && size > 0)
    ? rest
    : undefined;
  if (!sizes || product(sizes) !== product(before.type(data)!.dims!.slice(1))) return node;
  const name = `${node.outputs[0]}/any-batch`;
  const constant = int64([wanted.length], [-1, ...(sizes as number[])]);
  initializers.set(name, constant);
  env.declareTensor(name, constant);
  return { ...node, inputs: [data, name] };
}

/** The batch occurs exactly once, and at the old size the shape is the old one. */
function isFreed(old: readonly Dim[] | undefined, dims: readonly Dim[] | undefined, fixed: number): boolean {
  if (!old || !dims || old.length !== dims.length) return false;
  const occurrences = dims.reduce<number>((count, dim) => count + degree(dim, BATCH), 0);
  return occurrences === 1 && dims.every((dim, axis) => substitute(dim, BATCH, fixed) === old[axis]);
}

/**
 * Operators whose shapes do not tell that they compute with several entries of an axis: along
 * the batch, they mix images.
 */
function mixes(node: Node, env: Environment): boolean {
  const dims = env.type(node.inputs[0] ?? '')?.dims ?? [];
  const holdsBatch = (from: number, to: number) =>
    dims.slice(from, to).some((dim) => degree(dim, BATCH) !== 0);
  // What happens inside a body is not looked at.
  if (bodiesOf(node).length > 0) return true;
  switch (node.op) {
    case 'Concat': {
      const axis = normalizeAxis(attributesOf(node, node.op).axis, dims.length);
      return holdsBatch(axis, axis + 1);
    }
    case 'Softmax':
    case 'LogSoftmax':
    case 'Hardmax': {
      const axis = normalizeAxis(attributesOf(node, node.op).axis, dims.length);
      return holdsBatch(axis, axis + 1);
    }
    case 'LayerNormalization':
      return holdsBatch(normalizeAxis(attributesOf(node, node.op).axis, dims.length), dims.length);
    case 'BatchNormalization':
    case 'InstanceNormalization':
    case 'LRN':
    case 'Conv':
    case 'ConvTranspose':
      return holdsBatch(1, dims.length);
    case 'CumSum':
      return true;
    default:
      return false;
  }
}
