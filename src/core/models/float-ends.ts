import { GraphBuilder } from '../onnx/builder.js';
import type { Dim, Graph, Model, Node } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { behind, inFront } from '../onnx/rewrite/compose.js';
import { type DType, dtypes } from '../tensor/tensor.js';

/** A model whose image is float32, and whose logits are. */
export interface FloatEnds {
  readonly model: Model;
  /**
   * Steps from black to white that the model takes images in, 255 for bytes; null where it takes any number.
   */
  readonly inputLevels: number | null;
}

const isFraction = (dtype: DType) => dtype.includes('float') && dtypes[dtype].bits >= 16;

/**
 * The model with nodes in front and behind that make its image and its logits float32, whatever the file has:
 * half or double precision are cast; bytes are fed as `round(255 x)` of images in [0, 1]; logits that are
 * quantized at the very end are dequantized.
 *
 * @returns the model itself where both ends are float32, and where they are something else
 */
export function withFloatEnds(model: Model): FloatEnds {
  const { model: fed, inputLevels } = withFloatInput(model);
  return { model: withFloatOutput(fed), inputLevels };
}

function withFloatInput(model: Model): FloatEnds {
  const [input] = model.graph.inputs;
  const { dtype, dims } = input?.type ?? {};
  if (!input || !dtype || !dims || dtype === 'float32') return { model, inputLevels: null };
  const isByte = dtype === 'uint8' || dtype === 'int8';
  if (!isByte && !isFraction(dtype)) return { model, inputLevels: null };
  const front = graphOf('image', 'float32', dims, (g, image) => {
    if (!isByte) return g.cast(image, dtype);
    const levels = g.op('Round', [g.mul(image, 255)]);
    return g.cast(dtype === 'int8' ? g.sub(levels, 128) : levels, dtype);
  });
  return { model: inFront(model, front, input.name), inputLevels: isByte ? 255 : null };
}

function withFloatOutput(model: Model): Model {
  const { graph } = model;
  return graph.outputs.reduce((changed, { name, type }) => {
    const known = inferShapes(graph).type(name) ?? type;
    if (!known?.dims || known.dtype === 'float32') return changed;
    const isByte = known.dtype === 'uint8' || known.dtype === 'int8';
    if (!isFraction(known.dtype) && !(isByte && known.dims.length > 1)) return changed;
    const back = graphOf('stored', known.dtype, known.dims, (g, logits) =>
      isByte ? dequantized(g, logits, graph, name) : g.cast(logits, 'float32'),
    );
    return behind(changed, back, name);
  }, model);
}

/**
 * With the scale and the zero point that the model quantized it with, where they are
 * constants; else the integers.
 */
function dequantized(
  g: GraphBuilder,
  logits: string,
  { nodes, initializers }: Graph,
  output: string,
): string {
  const last = nodes.find((node: Node) => node.outputs.includes(output));
  const [scale, zero] =
    last?.op === 'QuantizeLinear' ? last.inputs.slice(1).map((i) => initializers.get(i)) : [];
  if (scale?.data.length !== 1 || scale.dtype !== 'float32') return g.cast(logits, 'float32');
  return g.op('DequantizeLinear', [logits, g.constant(scale), ...(zero ? [g.constant(zero)] : [])]);
}

function graphOf(
  name: string,
  dtype: DType,
  dims: readonly Dim[],
  write: (g: GraphBuilder, x: string) => string,
): Graph {
  const g = new GraphBuilder(undefined, 'ends/');
  g.output(write(g, g.input(name, dtype, dims)));
  return g.build().graph;
}
