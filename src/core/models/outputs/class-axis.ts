import { GraphBuilder } from '../../onnx/builder.js';
import type { Dim, Graph, Model } from '../../onnx/graph.js';
import { inferShapes } from '../../onnx/infer.js';
import { behind } from '../../onnx/rewrite/compose.js';
import type { DType } from '../../tensor/tensor.js';

/**
 * The model with its scores as [N, classes]: further axes of size 1 go ([N, C, 1, 1] of a convolution at the
 * end, [N, 1, C] of a sequence of one), and a single number for each image gets an axis, [N, 1]. The scores
 * [C] of the one image that a model takes become [1, C].
 *
 * @param model with one output
 * @returns the model itself where the output has that shape, or one that no classes can have
 */
export function withClassAxis(model: Model): Model {
  const { graph } = model;
  const [output] = graph.outputs;
  const type = output && (inferShapes(graph).type(output.name) ?? output.type);
  const dims = type?.dims;
  if (!output || !type || !dims) return model;
  const axes = dims.slice(1).filter((size) => size !== 1);
  const isAlone = graph.inputs[0]?.type?.dims?.[0] === 1;
  const change =
    dims.length > 2 && axes.length <= 1
      ? (g: GraphBuilder, x: string) => g.op('Flatten', [x], { axis: 1 })
      : dims.length === 1
        ? (g: GraphBuilder, x: string) => g.unsqueeze(x, [isAlone && dims[0] !== 1 ? 0 : 1])
        : undefined;
  return change ? behind(model, backOf(type.dtype, dims, change), output.name) : model;
}

/**
 * Two classes in the place of one number for each image: the logits [0, z], or what has them as its softmax
 * where the number is a probability.
 *
 * @param model with one output [N, 1]
 */
export function withTwoClasses(model: Model, isProbability: boolean): Model {
  const [output] = model.graph.outputs;
  const dims = output && inferShapes(model.graph).type(output.name)?.dims;
  const back = backOf('float32', dims ?? ['N', 1], (g, x) => {
    const logit = isProbability ? g.sub(logOf(g, x), logOf(g, g.sub(1, x))) : x;
    return g.pad(logit, [0, 1, 0, 0]);
  });
  return behind(model, back);
}

/** The logarithms of probabilities, which have them as their softmax. @param model with one output [N, classes] */
export function withLogarithms(model: Model): Model {
  const [output] = model.graph.outputs;
  const dims = output && inferShapes(model.graph).type(output.name)?.dims;
  return behind(model, backOf('float32', dims ?? ['N', 'classes'], logOf));
}

/** The smallest normal number of single precision: a probability of 0 has a finite logarithm, too. */
const TINY = 2 ** -126;

const logOf = (g: GraphBuilder, x: string): string => g.log(g.op('Max', [x, g.scalar(TINY)]));

function backOf(dtype: DType, dims: readonly Dim[], write: (g: GraphBuilder, x: string) => string): Graph {
  const g = new GraphBuilder(undefined, 'classes/');
  g.output(write(g, g.input('scores', dtype, dims)));
  return g.build().graph;
}
