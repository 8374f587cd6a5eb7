import { type Graph, type Model, type Node, nodeLabel } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { attributesOf } from '../onnx/operators/index.js';
import { dependents, topological } from '../onnx/order.js';

/** A layer whose weight is a constant of the model: the places where reshapings act. */
export interface WeightLayer {
  readonly label: string;
  readonly op: 'Conv' | 'ConvTranspose' | 'Gemm' | 'MatMul';
  /** Name of the effective weight, after all reshapings. */
  readonly weight: string;
  readonly dims: readonly number[];
  readonly bias?: string;
}

const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/** The weighted layers in the order of computation. A weight that two layers share appears once. */
export function weightLayers(model: Model): WeightLayer[] {
  const graph: Graph = { ...model.graph, nodes: topological(model.graph) };
  const env = inferShapes(graph);
  const data = dependents(
    graph.nodes,
    graph.inputs.map((v) => v.name),
  );
  const layers: WeightLayer[] = [];
  for (const node of graph.nodes) {
    if (!WEIGHTED.has(node.op) || node.domain !== '' || !data.has(node.inputs[0]!)) continue;
    const [, weight, bias] = node.inputs;
    const dims = env.type(weight!)?.dims;
    if (data.has(weight!) || !dims?.every((d) => typeof d === 'number') || dims.length < 2) continue;
    if (layers.some((layer) => layer.weight === weight)) continue;
    layers.push({
      label: nodeLabel(node),
      op: node.op as WeightLayer['op'],
      weight: weight!,
      dims: dims as readonly number[],
      ...(bias && { bias }),
    });
  }
  return layers;
}

/** The layer closest to the output that multiplies by a matrix: where gradient inhibition acts by default. */
export function lastFullyConnected(model: Model): WeightLayer | undefined {
  return weightLayers(model).findLast((layer) => layer.op === 'Gemm' || layer.op === 'MatMul');
}

/**
 * Which axis of a weight counts the output channels of its layers; undefined where they do not agree, and for
 * values that no layer uses as its weight.
 *
 * @param rank of the weight
 */
export function outputAxis({ graph }: Model, weight: string, rank: number): number | undefined {
  const layers = graph.nodes.filter(({ op, domain, inputs }) => {
    return WEIGHTED.has(op) && domain === '' && inputs[1] === weight;
  });
  const axes = new Set(layers.map((node) => outputAxisOf(node, rank)));
  const [axis] = axes;
  return axes.size === 1 ? axis : undefined;
}

function outputAxisOf(node: Node, rank: number): number {
  if (node.op === 'Conv') return 0;
  if (node.op === 'Gemm') return attributesOf(node, 'Gemm').transB === 0 ? 1 : 0;
  // [in, out / groups, ...] of a transposed convolution, [..., in, out] of a product.
  return node.op === 'ConvTranspose' ? 1 : rank - 1;
}
