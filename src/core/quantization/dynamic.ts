import type { GraphBuilder } from '../onnx/builder.js';
import type { Model, Node } from '../onnx/graph.js';
import { attributesOf } from '../onnx/operators/index.js';
import { dependents, topological } from '../onnx/order.js';
import { rewriteNodes } from '../onnx/rewrite/nodes.js';
import { Names } from '../onnx/rewrite/value-names.js';
import { float32, tensor } from '../tensor/tensor.js';
import { type LayerCodes, QuantizedWeights } from './quantized-layers.js';

/** Engines have integer convolutions of uint8 weights alone. */
const OFFSET = 128;

/**
 * A model that rounds what its layers take to uint8 with the range of the moment (DynamicQuantizeLinear), and
 * computes products and convolutions with integers (MatMulInteger, ConvInteger), as ONNX Runtime's
 * `quantize_dynamic` does. Nothing is calibrated. The range is that of all images of a batch: what is
 * computed for one image depends on those that come with it.
 *
 * Weights are int8, symmetric, with a scale for each output channel where the model does not have them
 * quantized already. Transposed convolutions, and products that scale their bias or transpose what they are
 * given, stay as they are.
 */
export function quantizeDynamically(model: Model): Model {
  const nodes = topological(model.graph);
  const moving = dependents(
    nodes,
    model.graph.inputs.map((v) => v.name),
  );
  const weights = new QuantizedWeights(model, new Names(model.graph));
  const inputs = new Map<string, readonly string[]>();
  const rewrite = (node: Node, g: GraphBuilder) => {
    const [input = '', weight = ''] = node.inputs;
    if (node.domain !== '' || moving.has(weight) || !moving.has(input) || !isSupported(node))
      return undefined;
    if (g.dtype(input) !== 'float32') return undefined;
    const dims = g.typeOf(weight)?.dims?.map(Number);
    const codes = dims && weights.of(weight, dims);
    if (!codes) return undefined;
    const added = weights.initializers.get(codes.codes);
    if (added && !g.typeOf(codes.codes)) g.initializer(codes.codes, added);
    const quantized = inputs.get(input) ?? g.ops('DynamicQuantizeLinear', [input], {}, { outputs: 3 });
    inputs.set(input, quantized);
    return [node.op === 'Conv' ? convolution(node, g, quantized, codes) : product(node, g, quantized, codes)];
  };
  return rewriteNodes({ ...model, graph: { ...model.graph, nodes } }, rewrite, 'dynamic/');
}

function isSupported(node: Node): boolean {
  if (node.op !== 'Gemm') return node.op === 'Conv' || node.op === 'MatMul';
  const { alpha, beta, transA } = attributesOf(node, 'Gemm');
  return alpha === 1 && beta === 1 && transA === 0;
}

/** `s_x s_w (q_x - z_x) q_w`, the scales of the weight in a shape that broadcasts. */
function scaled(
  g: GraphBuilder,
  sums: string,
  scale: string,
  weight: LayerCodes,
  dims: readonly number[],
): string {
  const own = g.initializer(
    g.fresh('scale'),
    float32(weight.axis === undefined ? [] : dims, weight.scale.data),
  );
  return g.mul(g.cast(sums, 'float32'), g.mul(scale, own));
}

function product(
  node: Node,
  g: GraphBuilder,
  [values = '', scale = '', zero = '']: readonly string[],
  weight: LayerCodes,
): string {
  const isTransposed = node.op === 'Gemm' && attributesOf(node, 'Gemm').transB === 1;
  // Folded into a constant when an engine loads the model.
  const codes = isTransposed ? g.transpose(weight.codes, [1, 0]) : weight.codes;
  const channels = weight.scale.data.length;
  const weightZero = g.initializer(
    g.fresh('zero'),
    tensor('int8', weight.scale.dims, new Int8Array(channels)),
  );
  const sums = g.op('MatMulInteger', [values, codes, zero, weightZero]);
  const result = scaled(g, sums, scale, weight, [channels]);
  const bias = node.op === 'Gemm' ? node.inputs[2] : undefined;
  return bias ? g.add(result, bias) : result;
}

function convolution(
  node: Node,
  g: GraphBuilder,
  [values = '', scale = '', zero = '']: readonly string[],
  weight: LayerCodes,
): string {
  const channels = weight.scale.data.length;
  const spatial = g.dims(node.inputs[0] ?? '').length - 2;
  const ones = Array<number>(spatial).fill(1);
  const offset = g.op('Add', [g.cast(weight.codes, 'int32'), g.scalar(OFFSET, 'int32')]);
  const codes = g.cast(offset, 'uint8');
  const weightZero = g.initializer(g.fresh('zero'), tensor('uint8', [], Uint8Array.of(OFFSET)));
  const sums = g.op('ConvInteger', [values, codes, zero, weightZero], node.attributes);
  const result = scaled(g, sums, scale, weight, [channels, ...ones]);
  const bias = node.inputs[2];
  return bias ? g.add(result, g.reshape(bias, [Number(g.dims(bias)[0]), ...ones])) : result;
}
