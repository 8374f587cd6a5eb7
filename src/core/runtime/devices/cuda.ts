import { isStatic } from '../../onnx/dims.js';
import { float, type Model } from '../../onnx/graph.js';
import { attributesOf } from '../../onnx/operators/index.js';
import { type Rewrite, rewriteNodes } from '../../onnx/rewrite/nodes.js';

/**
 * The CUDA kernel refuses the training mode since operator set 14. Mean and variance are computed first, and
 * handed to the inference mode. Spatial axes first: their sum runs over adjacent memory.
 */
const batchNormalization: Rewrite = (node, g) => {
  const { training_mode, momentum, epsilon } = attributesOf(node, 'BatchNormalization');
  const [x = '', scale = '', shift = ''] = node.inputs;
  const rank = g.typeOf(x)?.dims?.length;
  if (training_mode !== 1 || momentum !== 0 || !rank) return undefined;
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i + 2);
  const average = (value: string) => {
    const mean = (of: string, axes: readonly number[], keepdims: number) =>
      g.op('ReduceMean', [of, g.ints(axes)], { keepdims });
    if (spatial.length === 0) return { channels: mean(value, [0], 1), vector: mean(value, [0], 0) };
    const channels = mean(mean(value, spatial, 1), [0], 1);
    return { channels, vector: g.squeeze(channels, [0, ...spatial]) };
  };
  const { channels, vector } = average(x);
  const centred = g.sub(x, channels);
  const variance = average(g.mul(centred, centred)).vector;
  const y = g.op('BatchNormalization', [x, scale, shift, vector, variance], { epsilon: float(epsilon) });
  return [y, vector, variance];
};

/**
 * There is no CUDA kernel; windows that `MaxUnpool` is right for do not overlap, so each value goes to a
 * place of its own.
 */
const maxUnpool: Rewrite = (node, g) => {
  const [values = '', indices = '', given] = node.inputs;
  const sizes = g.typeOf(node.outputs[0] ?? '')?.dims?.slice(1);
  if (!given && !(sizes && isStatic(sizes))) return undefined;
  const batch = () => g.slice(g.op('Shape', [values]), [0], [0], [1]);
  const shape = given || g.concat([batch(), g.ints((sizes ?? []) as readonly number[])], 0);
  const flat = (value: string) => g.op('Reshape', [value, g.ints([-1])]);
  const empty = flat(g.op('ConstantOfShape', [shape]));
  const scattered = g.op('ScatterElements', [empty, flat(indices), flat(values)], { axis: 0 });
  return [g.op('Reshape', [scattered, shape])];
};

const rewrites: Readonly<Record<string, Rewrite>> = {
  BatchNormalization: batchNormalization,
  MaxUnpool: maxUnpool,
};

const rewriteOf = (op: string, domain: string) =>
  domain === '' && Object.hasOwn(rewrites, op) ? rewrites[op] : undefined;

/**
 * The same model without operators that ONNX Runtime's CUDA provider refuses, or has no kernel for and would
 * carry to the processor and back. A new one is an entry in `rewrites`.
 */
export function forCuda(model: Model): Model {
  if (!model.graph.nodes.some(({ op, domain }) => rewriteOf(op, domain))) return model;
  return rewriteNodes(model, (node, g) => rewriteOf(node.op, node.domain)?.(node, g), 'cuda/');
}
