import { isToolkitError } from '../base/errors.js';
import { degree, product, substitute } from '../onnx/dims.js';
import type { Environment } from '../onnx/environment.js';
import { bodiesOf, type Dim, type Graph, type Model, type Node, nodeLabel } from '../onnx/graph.js';
import { environmentOf, inferNode, inferShapes } from '../onnx/infer.js';
import { equationOf } from '../onnx/operators/einsum.js';
import { attributesOf } from '../onnx/operators/index.js';
import { normalizeAxis } from '../onnx/operators/operator.js';
import { step, trimmed } from '../onnx/operators/rewrites.js';
import { ancestors, inputsOf } from '../onnx/order.js';
import { int64, type Tensor } from '../tensor/tensor.js';

/** The symbol of the batch dimension. */
const BATCH = 'N';

export interface FreeBatch {
  readonly model: Model;
  /** The batch size that the file fixed; null when it was free. */
  readonly fixed: number | null;
  /**
   * Why it can be run with this batch size alone, in words; null where it was freed. A graph that mixes the
   * images of its batch answers otherwise with any other size.
   */
  readonly held: string | null;
}

/**
 * The model for any number of images at once. Exporters often fix the batch size at the one of their example
 * input; mostly nothing in the graph depends on it but the constants of reshapes, which are rewritten.
 *
 * A graph is freed when every value that is computed from the images has a known shape in which the batch
 * occurs exactly once, and equals the old shape at the old batch size. In anything else results would mix
 * images: it stays as it is, to be run with its own batch size.
 *
 * @param model with one input of known shape, its nodes in order
 */
export function freeBatch(model: Model): FreeBatch {
  const [input] = model.graph.inputs;
  const [fixed, ...dims] = input?.type?.dims ?? [];
  if (!input?.type || typeof fixed !== 'number') return { model, fixed: null, held: null };
  const free = { name: input.name, type: { dtype: input.type.dtype, dims: [BATCH, ...dims] } };
  const freed = freedFrom(model, fixed, free);
  if ('held' in freed) return { model, fixed, held: heldText(freed.held) };
  return { model: { ...model, graph: freed.graph }, fixed, held: null };
}

const heldText = (node: Node): string => `${node.op} (${nodeLabel(node)}) depends on the batch size`;

/** The graph with its input freed, or the first node that holds on to the batch size. */
function freedFrom(
  { graph }: Model,
  fixed: number,
  freed: Graph['inputs'][number],
): { readonly graph: Graph } | { readonly held: Node } {
  const before = inferShapes(graph);
  const initializers = new Map(graph.initializers);
  // What the file states of shapes holds the old batch size: they are worked out anew.
  const { stated: _, ...rest } = graph;
  const env = environmentOf({ ...rest, inputs: [freed], outputs: [] });
  const needed = ancestors(graph.nodes, [graph.outputs[0]!.name]);
  /** Values that hold one part for each image, and how many elements precede the batch within its axis. */
  const carrying = new Map([[freed.name, 1]]);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const carriers = SHAPES.has(node.op) ? [] : inputsOf(node).filter((name) => carrying.has(name));
    const [first = ''] = carriers;
    const isReshape = node.domain === '' && (node.op === 'Reshape' || node.op === 'Flatten');
    const slower = isReshape ? slowerThanBatch(env.type(first)?.dims, carrying.get(first)) : undefined;
    const results =
      slower !== undefined && node.op === 'Reshape'
        ? [freeReshape(node, fixed, slower, before, env, initializers)]
        : first !== '' && node.op === 'Concat' && fixed === 1
          ? freeConcat(node, first, carrying, env, initializers)
          : [withoutZeroStates(node, initializers)];
    const problem = results.map((each) => infer(each, env)).includes(true);
    nodes.push(...results);
    if (first === '') continue;
    const orders = new Set(carriers.map((name) => carrying.get(name)));
    for (const name of node.outputs) {
      if (name === '' || !needed.has(name)) continue;
      const dims = env.type(name)?.dims;
      const within = isReshape ? withinAxis(slower, dims, fixed) : carrying.get(first);
      const fits = !problem && orders.size === 1 && within !== undefined && !mixes(node, env);
      if (!fits || !isFreed(before.type(name)?.dims, dims, fixed)) return { held: node };
      carrying.set(name, within);
    }
  }
  const outputs = graph.outputs.map(({ name }) => ({ name, ...typeOf(env, name) }));
  return { graph: { ...rest, inputs: [freed], outputs, nodes, initializers } };
}

/** What they compute is a size, not anything of the images. */
const SHAPES = new Set(['Shape', 'Size']);

const typeOf = (env: Environment, name: string) => {
  const type = env.type(name);
  return type ? { type } : {};
};

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

/** An initial state of zeros has the batch in its shape; without it, the operator makes its own. */
function withoutZeroStates(node: Node, initializers: ReadonlyMap<string, Tensor>): Node {
  if (node.domain !== '' || !RECURRENT.has(node.op)) return node;
  const isZero = (name: string) => initializers.get(name)?.data.every((value) => Number(value) === 0);
  return {
    ...node,
    inputs: trimmed(node.inputs.map((name, i) => (i > 4 && i < 7 && isZero(name) ? '' : name))),
  };
}

const RECURRENT = new Set(['LSTM', 'GRU', 'RNN']);

const batchAxis = (dims: readonly Dim[]): number => dims.findIndex((dim) => degree(dim, BATCH) !== 0);

/** Over how many positions of slower axes the batch is repeated in memory: of `[4, N, 8]`, 4. */
function slowerThanBatch(dims: readonly Dim[] | undefined, within: number | undefined): number | undefined {
  if (!dims || within === undefined) return undefined;
  const slower = product(dims.slice(0, batchAxis(dims)));
  return typeof slower === 'number' ? slower * within : undefined;
}

/** Elements that precede the batch within its axis of a shape; undefined where memory has it elsewhere. */
function withinAxis(
  slower: number | undefined,
  dims: readonly Dim[] | undefined,
  fixed: number,
): number | undefined {
  if (slower === undefined || !dims) return undefined;
  const axis = batchAxis(dims);
  const size = axis < 0 ? undefined : substitute(dims[axis] ?? 1, BATCH, fixed);
  return typeof size === 'number' ? placed(slower, product(dims.slice(0, axis)), size, fixed) : undefined;
}

function placed(slower: number, ahead: Dim, size: number, fixed: number): number | undefined {
  const within = typeof ahead === 'number' ? slower / ahead : Number.NaN;
  return Number.isInteger(within) && size % (within * fixed) === 0 ? within : undefined;
}

/**
 * A reshape to constants that hold the old batch size: the axis where memory has the batch becomes -1, "what
 * is left", and the others are spelled out.
 */
function freeReshape(
  node: Node,
  fixed: number,
  slower: number,
  before: Environment,
  env: Environment,
  initializers: Map<string, Tensor>,
): Node {
  const [data = '', shape = ''] = node.inputs;
  const [name = ''] = node.outputs;
  const sizes = before.type(name)?.dims;
  const wanted = env.list(shape);
  // A shape that is computed from the batch is right as it is.
  const isComputed = wanted?.some((dim) => typeof dim === 'string') ?? true;
  if (isComputed || !sizes?.every((size): size is number => typeof size === 'number' && size > 0))
    return node;
  const within = sizes.map((size, axis) => placed(slower, product(sizes.slice(0, axis)), size, fixed));
  const whole = within.findIndex((elements, axis) => elements === 1 && sizes[axis] === fixed);
  // Of axes that could take the batch in, the last one holds the features that are multiplied with.
  const fitting = [...within.keys()].filter((at) => within[at] !== undefined);
  const inner = fitting.filter((at) => at < sizes.length - 1);
  const choice = inner.find((at) => within[at] === 1) ?? inner[0] ?? fitting[0] ?? -1;
  const axis = whole < 0 ? choice : whole;
  if (axis < 0) return node;
  const open = constant(
    `${name}/any-batch`,
    sizes.map((size, i) => (i === axis ? -1 : size)),
    env,
    initializers,
  );
  return { ...node, inputs: [data, open] };
}

function constant(
  name: string,
  values: readonly number[],
  env: Environment,
  initializers: Map<string, Tensor>,
): string {
  const value = int64([values.length], values);
  initializers.set(name, value);
  env.declareTensor(name, value);
  return name;
}

/** What is joined to the one image of the file (a class token) is joined to each. */
function freeConcat(
  node: Node,
  carrier: string,
  carrying: ReadonlyMap<string, number>,
  env: Environment,
  initializers: Map<string, Tensor>,
): readonly Node[] {
  const dims = env.type(carrier)?.dims ?? [];
  const axis = dims.indexOf(BATCH);
  const joined = normalizeAxis(attributesOf(node, 'Concat').axis, dims.length);
  const [result = ''] = node.outputs;
  const alone = (name: string) => !carrying.has(name) && env.type(name)?.dims?.[axis] === 1;
  if (axis < 0 || joined === axis || !node.inputs.some(alone)) return [node];
  const made = (suffix: string) => `${result}/${suffix}`;
  const ones = (count: number, suffix: string) =>
    count === 0 ? [] : [constant(made(suffix), Array<number>(count).fill(1), env, initializers)];
  const parts = [...ones(axis, 'axes-before'), made('batch'), ...ones(dims.length - axis - 1, 'axes-behind')];
  const expanded = node.inputs.map((name, i) => (alone(name) ? made(`each-image-${i}`) : name));
  return [
    step('Shape', [carrier], made('batch'), { start: axis, end: axis + 1 }),
    step('Concat', parts, made('shape'), { axis: 0 }),
    ...node.inputs.flatMap((name, i) =>
      alone(name) ? [step('Expand', [name, made('shape')], expanded[i] ?? '')] : [],
    ),
    { ...node, inputs: expanded },
  ];
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
    case 'GroupNormalization':
    case 'Conv':
    case 'ConvTranspose':
      return holdsBatch(1, dims.length);
    case 'Einsum': {
      const shapes = node.inputs.map((name) => env.type(name)?.dims ?? []);
      const equation = equationOf(
        attributesOf(node, node.op).equation,
        shapes.map((each) => each.length),
      );
      const batch = equation?.operands.flatMap((labels, i) =>
        labels.filter((_, axis) => degree(shapes[i]?.[axis] ?? 1, BATCH) !== 0),
      );
      return batch?.some((label) => !equation?.result.includes(label)) ?? true;
    }
    case 'MeanVarianceNormalization':
      return attributesOf(node, node.op).axes.some((axis) => holdsBatch(axis, axis + 1));
    case 'LpNormalization': {
      const axis = normalizeAxis(attributesOf(node, node.op).axis, dims.length);
      return holdsBatch(axis, axis + 1);
    }
    case 'RMSNormalization':
      return holdsBatch(normalizeAxis(attributesOf(node, node.op).axis, dims.length), dims.length);
    // Steps of a sequence and the positions that attend to each other are seen together.
    case 'LSTM':
    case 'GRU':
    case 'RNN': {
      const steps = attributesOf(node, node.op).layout === 1 ? 1 : 0;
      return holdsBatch(steps, steps + 1) || holdsBatch(2, dims.length);
    }
    case 'Attention':
    case 'MultiHeadAttention':
      return holdsBatch(1, dims.length);
    case 'SimplifiedLayerNormalization':
    case 'SkipLayerNormalization':
    case 'SkipSimplifiedLayerNormalization':
      return holdsBatch(dims.length - 1, dims.length);
    case 'DynamicQuantizeLSTM':
      return holdsBatch(0, 1) || holdsBatch(2, dims.length);
    case 'QAttention':
    case 'RotaryEmbedding':
    case 'BiasSoftmax':
    case 'GroupNorm':
    case 'SkipGroupNorm':
    case 'NhwcConv':
      return holdsBatch(1, dims.length);
    case 'ReverseSequence': {
      const { time_axis } = attributesOf(node, node.op);
      return holdsBatch(time_axis, time_axis + 1);
    }
    case 'Normalizer':
    case 'Inverse':
      return holdsBatch(dims.length - 1, dims.length);
    case 'RoiAlign':
    case 'MaxRoiPool':
    case 'CDist':
    case 'CumSum':
      return true;
    default:
      return false;
  }
}
