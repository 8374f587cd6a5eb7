import type { Model, Node } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { attributesOf } from '../onnx/operators/index.js';
import { dependents, inputsOf, topological } from '../onnx/order.js';
import type { Range } from './ranges.js';

/** Values between layers that are rounded to 8 bits, and what else follows from that. */
export interface Placement {
  /** Values with a range of their own. */
  readonly own: readonly string[];
  /** Values that are rounded as another one is: what only moves numbers gives them their scale. */
  readonly shared: ReadonlyMap<string, string>;
  /** Stored operands of additions, products and concatenations. */
  readonly constants: readonly string[];
  /** ReLU and Clip whose work is done by the saturation of the quantizer behind them. */
  readonly removed: ReadonlySet<Node>;
  /** What values are limited to by those, or by what they are: a softmax. */
  readonly bounds: ReadonlyMap<string, Range>;
  /** Layers whose input is rounded, so that their weights and biases are integers too. */
  readonly layers: readonly Node[];
}

const LAYERS = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
/** Operators whose inputs and outputs are all rounded. */
const ROUNDED = new Set(['Add', 'Mul', 'Concat', 'LeakyRelu', 'Sigmoid', 'Softmax', 'GlobalAveragePool']);
/** Normalizations: what they take and give, not their scale and shift. */
const NORMALIZING = new Set(['BatchNormalization', 'InstanceNormalization', 'LayerNormalization']);
/** Operators that only move numbers, or average them: rounded where their input is, with its scale. */
const MOVING = new Set([
  ...['Reshape', 'Flatten', 'Transpose', 'Squeeze', 'Unsqueeze', 'Slice', 'Split', 'Gather', 'Pad', 'Resize'],
  ...['MaxPool', 'AveragePool'],
]);
/** Operators that a quantizer with the range of their output replaces. */
const SATURATING = new Set(['Relu', 'Clip']);

/**
 * Where ONNX Runtime's static quantizer rounds values by default (`quantize_static` with QDQ and asymmetric
 * activations): both ends of convolutions, products, additions, pooling, sigmoids and softmaxes; behind a
 * ReLU instead of in front of it, where nothing else reads its input. What only moves numbers keeps their
 * scale.
 *
 * Unlike there, scales and shifts of normalizations stay floating-point numbers: engines have no integer
 * kernels for them.
 */
export function placementOf(model: Model): Placement {
  const nodes = topological(model.graph);
  const types = inferShapes({ ...model.graph, nodes });
  const moving = dependents(
    nodes,
    model.graph.inputs.map((v) => v.name),
  );
  const readers = countReaders(model, nodes);
  const isFloat = (name: string) => name !== '' && types.type(name)?.dtype === 'float32';
  const rounded = new Set<string>();
  const shared = new Map<string, string>();
  const constants = new Set<string>();
  const removed = new Set<Node>();
  const layers: Node[] = [];
  const bounds = new Map<string, Range>();
  const mark = (name: string) => {
    if (!isFloat(name)) return;
    if (moving.has(name)) rounded.add(name);
    else if (model.graph.initializers.has(name)) constants.add(name);
  };
  for (const node of nodes) {
    const [input = '', second = ''] = node.inputs;
    const [output = ''] = node.outputs;
    if (node.domain !== '' || !node.outputs.some((name) => moving.has(name))) continue;
    if (LAYERS.has(node.op)) {
      mark(input);
      if (moving.has(second)) mark(second);
      else layers.push(node);
      mark(output);
    } else if (ROUNDED.has(node.op)) {
      for (const name of [...node.inputs, output]) mark(name);
      if (node.op === 'Softmax') bounds.set(output, [0, 1]);
    } else if (NORMALIZING.has(node.op)) {
      mark(input);
      mark(output);
    } else if (SATURATING.has(node.op) && rounded.has(input)) {
      const limits = limitsOf(node, model);
      if (limits && readers.get(input) === 1 && isProduced(input)) {
        removed.add(node);
        rounded.delete(input);
        bounds.set(output, limits);
      }
      mark(output);
    } else if (MOVING.has(node.op) && rounded.has(input) && !overshoots(node)) {
      for (const name of node.outputs) {
        if (!isFloat(name)) continue;
        rounded.add(name);
        shared.set(name, input);
      }
    }
  }
  return {
    own: [...rounded].filter((name) => !shared.has(name)),
    shared: new Map([...shared].filter(([name]) => rounded.has(name))),
    constants: [...constants],
    removed,
    layers,
    bounds,
  };

  function isProduced(name: string): boolean {
    return !model.graph.inputs.some((value) => value.name === name) && !shared.has(name);
  }
}

/** What saturation has to do in place of a node; undefined for limits that do not hold zero, as ranges do. */
function limitsOf({ op, inputs }: Node, { graph }: Model): Range | undefined {
  if (op === 'Relu') return [0, Number.POSITIVE_INFINITY];
  const limit = (at: number, open: number) => {
    const name = inputs[at] ?? '';
    return name === '' ? open : Number(graph.initializers.get(name)?.data[0] ?? Number.NaN);
  };
  const [low, high] = [limit(1, Number.NEGATIVE_INFINITY), limit(2, Number.POSITIVE_INFINITY)];
  return low <= 0 && high >= 0 ? [low, high] : undefined;
}

/** Cubic interpolation gives larger numbers than it takes. */
const overshoots = (node: Node): boolean =>
  node.op === 'Resize' && attributesOf(node, 'Resize').mode === 'cubic';

function countReaders({ graph }: Model, nodes: readonly Node[]): Map<string, number> {
  const counts = new Map<string, number>();
  const read = [...nodes.flatMap((node) => inputsOf(node)), ...graph.outputs.map(({ name }) => name)];
  for (const name of read) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
