import { ToolkitError } from '../base/errors.js';
import { type Model, type Node, nodeLabel } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { attributesOf } from '../onnx/operators/index.js';
import { inputsOf, prune } from '../onnx/order.js';
import { Names, reading } from '../onnx/rewrite/value-names.js';
import { reshapeWeight, scale } from '../reshaping/index.js';
import { float32, type Tensor } from '../tensor/tensor.js';

type Floats = Tensor<'float32'>;

/** A normalization and the layer that takes it over. */
interface Pair {
  readonly layer: Node;
  readonly norm: Node;
  /** scale / sqrt(variance + epsilon), for each output of the layer. */
  readonly gain: Float64Array;
  /** The layer's bias from then on: (bias - mean) * gain + shift. */
  readonly bias: Floats;
  /** The gain in the shape that broadcasts against the weight. */
  readonly broadcast: readonly number[];
}

/**
 * The same function without batch normalization: each is folded into the convolution or fully connected
 * layer before it, `W' = gain W` and `b' = gain (b - mean) + shift` with
 * `gain = scale / sqrt(variance + epsilon)`, computed in double precision. What is left is the graph that
 * `buildModel` makes of the notation without `b`.
 *
 * A weight that the model stores is multiplied. One that it computes (hashed, say) keeps its theta and gets
 * the gain on top as a reshaping of its own, `scale`: it is recorded in the metadata, `materialize` removes
 * it, and no operator between the layers is left either way.
 *
 * @param options `partly`: what cannot be folded stays, instead of being refused
 * @returns the model itself when there is nothing to fold
 * @throws ToolkitError `bad-value` listing every normalization that cannot be folded, and why
 */
export function foldBatchNorm(model: Model, { partly = false } = {}): Model {
  const norms = model.graph.nodes.filter((node) => node.op === 'BatchNormalization' && node.domain === '');
  if (norms.length === 0) return model;
  const pairs = foldable(model, norms, partly);
  if (pairs.length === 0) return model;
  const initializers = new Map(model.graph.initializers);
  const names = new Names(model.graph);
  const outputs = new Set(model.graph.outputs.map(({ name }) => name));
  const replaced = new Map<Node, Node | undefined>();
  const renamed = new Map<string, string>();
  for (const { layer, norm, gain, bias } of pairs) {
    const name = names.fresh(`${nodeLabel(layer)}.bias`);
    initializers.set(name, bias);
    const stored = initializers.get(layer.inputs[1]!) as Floats | undefined;
    if (stored) initializers.set(layer.inputs[1]!, scaled(stored, gain, outputAxis(layer)));
    const [own, normalized] = [layer.outputs[0]!, norm.outputs[0]!];
    // What comes behind reads the layer itself; an output of the graph keeps its name.
    if (!outputs.has(normalized)) renamed.set(normalized, own);
    const result = outputs.has(normalized) ? normalized : own;
    replaced.set(layer, { ...layer, inputs: [layer.inputs[0]!, layer.inputs[1]!, name], outputs: [result] });
    replaced.set(norm, undefined);
  }
  const nodes = model.graph.nodes.flatMap((node) => {
    const kept = replaced.has(node) ? replaced.get(node) : node;
    return kept ? [reading(kept, renamed)] : [];
  });
  const folded: Model = { ...model, graph: prune({ ...model.graph, initializers, nodes }) };
  return pairs
    .filter(({ layer }) => !initializers.has(layer.inputs[1]!))
    .reduce(
      (result, { layer, gain, broadcast }) =>
        reshapeWeight(result, layer.inputs[1]!, scale(float32(broadcast, Float32Array.from(gain))), {}),
      folded,
    );
}

/** Everything that stands in the way is told at once. */
function foldable(model: Model, norms: readonly Node[], partly: boolean): Pair[] {
  const problems: string[] = [];
  const pairs = norms.flatMap((norm) => {
    const found = pairOf(model, norm);
    if (typeof found !== 'string') return [found];
    problems.push(`${nodeLabel(norm)}: ${found}`);
    return [];
  });
  if (problems.length === 0 || partly) return pairs;
  throw new ToolkitError('bad-value', {
    what: 'folding of batch normalization',
    expected:
      'each in inference mode, directly behind a Conv or Gemm that nothing else uses, with stored numbers',
    received: problems.join('; '),
  });
}

/** @returns why not, in a sentence */
function pairOf({ graph }: Model, norm: Node): Pair | string {
  const floats = (name: string | undefined): Floats | undefined => {
    const value = graph.initializers.get(name ?? '');
    return value?.dtype === 'float32' ? (value as Floats) : undefined;
  };
  const { training_mode, epsilon } = attributesOf(norm, 'BatchNormalization');
  if (training_mode === 1) return 'it is in training mode';
  const vectors = norm.inputs.slice(1, 5).map(floats);
  if (!vectors.every((v) => v !== undefined))
    return 'the model does not store its scale, shift, mean and variance';
  const layer = graph.nodes.find((node) => node.outputs.includes(norm.inputs[0]!));
  if (layer?.domain !== '' || !['Conv', 'Gemm'].includes(layer.op)) {
    return `it follows ${layer ? `${layer.op} (${nodeLabel(layer)})` : 'an input'}`;
  }
  const label = nodeLabel(layer);
  const uses = (name: string) =>
    graph.nodes.flatMap(inputsOf).filter((input) => input === name).length +
    graph.outputs.filter((output) => output.name === name).length;
  if (uses(layer.outputs[0]!) > 1) return `${label} is used elsewhere too`;
  if (uses(layer.inputs[1]!) > 1) return `${label} shares its weight ${layer.inputs[1]}`;
  const [shape, bias] = [inferShapes(graph).type(layer.inputs[1]!), floats(layer.inputs[2])];
  if (shape?.dtype !== 'float32' || !shape.dims)
    return `the weight of ${label} is not float32 of known shape`;
  const [size, count] = [Number(shape.dims[outputAxis(layer)]), vectors[0]!.data.length];
  if (size !== count) return `it has ${count} channels, ${label} has ${size}`;
  if (layer.inputs[2] && (bias?.data.length !== size || attributesOf(layer, 'Gemm').beta !== 1)) {
    return `the bias of ${label} is not a stored vector of ${size} numbers`;
  }
  const [factor, shift, mean, variance] = vectors.map(({ data }) => data) as [
    Float32Array,
    ...Float32Array[],
  ];
  const gain = Float64Array.from(factor, (s, o) => s / Math.sqrt(variance![o]! + epsilon));
  const folded = Float32Array.from(gain, (k, o) => k * ((bias?.data[o] ?? 0) - mean![o]!) + shift![o]!);
  const broadcast = shape.dims.map((_, axis) => (axis === outputAxis(layer) ? size : 1));
  return { layer, norm, gain, bias: float32([size], folded), broadcast };
}

/** Which axis of a weight counts the outputs of its layer. */
const outputAxis = (layer: Node): number =>
  layer.op === 'Gemm' && attributesOf(layer, 'Gemm').transB === 0 ? 1 : 0;

function scaled({ dims, data }: Floats, gain: Float64Array, axis: number): Floats {
  const after = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  return float32(
    dims,
    Float32Array.from(data, (w, i) => w * gain[Math.floor(i / after) % gain.length]!),
  );
}
