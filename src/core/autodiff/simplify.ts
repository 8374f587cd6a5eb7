import type { Model, Node } from '../onnx/graph.js';
import { attributesOf } from '../onnx/operators/index.js';
import { inputsOf } from '../onnx/order.js';
import { forget } from '../onnx/rewrite/value-names.js';

/**
 * Rewrites a model into an equal one that is cheaper to differentiate.
 *
 * `MaxPool(Relu(x))` becomes `Relu(MaxPool(x))`: both are the largest positive element of a window, or zero,
 * but now the mask of the ReLU's gradient acts on the pooled tensor, four times smaller for 2x2 windows.
 * Gradients stay the same too, ties included: the first of equal positive elements wins either way, and where
 * none is positive both give zero. It needs every window to hold at least one real element: padding counts as
 * minus infinity, which a window without one would return and a ReLU after it would not.
 */
export function simplify(model: Model): Model {
  const { graph } = model;
  const uses = new Map<string, number>();
  const count = (name: string) => uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const node of graph.nodes) inputsOf(node).forEach(count);
  for (const output of graph.outputs) count(output.name);
  const relus = new Map(
    graph.nodes.filter((n) => n.op === 'Relu' && n.domain === '').map((n) => [n.outputs[0]!, n]),
  );

  const swapped = new Map<Node, Node>();
  for (const pool of graph.nodes) {
    const relu = relus.get(pool.inputs[0] ?? '');
    if (!relu || pool.op !== 'MaxPool' || pool.domain !== '' || uses.get(relu.outputs[0]!) !== 1) continue;
    // Indices of maxima would be other ones among the zeros of a ReLU.
    if (pool.outputs.some((name, i) => i > 0 && name !== '') || !everyWindowIsReal(pool)) continue;
    // The pooled value takes the ReLU's old name, so that no other node needs to change.
    swapped.set(relu, { ...pool, inputs: relu.inputs, outputs: relu.outputs });
    swapped.set(pool, { ...relu, inputs: relu.outputs, outputs: pool.outputs });
  }
  if (swapped.size === 0) return model;
  const nodes = graph.nodes.map((node) => swapped.get(node) ?? node);
  const renamed = [...swapped.keys()].flatMap((node) => node.outputs);
  return { ...model, graph: { ...forget(graph, renamed), nodes } };
}

/**
 * A window of adjacent elements reaches into the input when there is less padding than kernel on either side,
 * which `auto_pad` ensures. Dilation leaves gaps that may miss a small input, and runtimes have disagreed on
 * the last window of `ceil_mode`; neither is worth the proof.
 */
function everyWindowIsReal(pool: Node): boolean {
  const { kernel_shape: kernel, dilations = [], ceil_mode, pads = [] } = attributesOf(pool, 'MaxPool');
  if (ceil_mode !== 0 || dilations.some((d) => d !== 1)) return false;
  return pads.every((pad, i) => pad < (kernel[i % kernel.length] ?? 0));
}
