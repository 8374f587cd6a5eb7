import type { RuleSetName } from '../autodiff/rules/index.js';
import { type Model, type Node, operatorKey } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { holdsNarrow, inFloat32 } from '../onnx/lowering/float32/index.js';
import { lower } from '../onnx/lowering/index.js';
import type { OperatorName } from '../onnx/operators/index.js';
import { ancestors, dependents, prune, topological } from '../onnx/order.js';
import { inlineControlFlow, isControlFlow } from '../onnx/rewrite/control-flow.js';
import { identity } from '../onnx/rewrite/copy.js';
import { inlineFunctions } from '../onnx/rewrite/functions.js';
import { dtypeOfCode } from '../tensor/tensor.js';
import { withLogits } from './logits-head.js';

/** A graph that gradients are taken of, made from a deployed model. */
export interface DifferentiableGraph {
  readonly model: Model;
  /**
   * What its operators are differentiated by: derivatives, or straight-through estimators where
   * quantizers lie on the way.
   */
  readonly rules: RuleSetName;
  /** Nodes of the deployed model between image and logits that gradients pass straight through. */
  readonly quantizers: number;
  /** Whether its numbers are the deployed model's up to the rounding of float32. */
  readonly isSame: boolean;
}

/** Operators whose results are rounded to integers of few bits. */
const QUANTIZERS: ReadonlySet<string> = new Set([
  'QuantizeLinear',
  'DynamicQuantizeLinear',
  'QLinearConv',
  'QLinearMatMul',
  'com.microsoft::QuantizeLinear',
  'com.microsoft::DynamicQuantizeMatMul',
  'com.microsoft::QLinearConv',
  'com.microsoft::QGemm',
  'com.microsoft::DynamicQuantizeLSTM',
  'com.microsoft::QLinearAdd',
  'com.microsoft::QLinearMul',
  'com.microsoft::QLinearConcat',
  'com.microsoft::QLinearWhere',
  'com.microsoft::QLinearAveragePool',
  'com.microsoft::QLinearGlobalAveragePool',
  'com.microsoft::QLinearSigmoid',
  'com.microsoft::QLinearLeakyRelu',
  'com.microsoft::QLinearSoftmax',
] satisfies readonly OperatorName[]);

/**
 * The graph that a deployed model is differentiated by: its functions and known branches written out,
 * quantized numbers and those of half precision as float32, integer operators as operators on numbers between
 * quantizers. It proposes; what is fooled is decided by the deployed model.
 *
 * @param model with its logits as output
 */
export function differentiable(model: Model, source = 'model'): DifferentiableGraph {
  if (!needsRewriting(model)) return { model, rules: 'exact', quantizers: 0, isSame: true };
  const written = inlineControlFlow(inlineFunctions(model, source), source);
  if (!holdsNarrow(written)) return { model, rules: 'exact', quantizers: 0, isSame: true };
  const quantizers = quantizersOf(written).length;
  return {
    model: withLogits(withoutQuantizedHead(inFloat32(lower(written, source)))).model,
    rules: quantizers > 0 ? 'straightThrough' : 'exact',
    quantizers,
    isSame: false,
  };
}

/**
 * Operators that a quantizer at the end is written as: with constants that all classes share they keep the
 * order of the classes.
 */
const MONOTONE = new Set([
  'Identity',
  'Div',
  'Round',
  'Add',
  'Clip',
  'Sub',
  'Mul',
  'Reshape',
  'Flatten',
  'Squeeze',
]);

/**
 * The graph with what is quantized at its end as its output, where that is probabilities: those are rounded
 * to steps of 1/256, so that most of them, and with them their gradients, are zero. The judge keeps them.
 */
function withoutQuantizedHead(model: Model): Model {
  const { graph } = model;
  const [output] = graph.outputs;
  const isShared = (name: string) =>
    name === '' || (graph.initializers.get(name)?.data.length ?? Number.POSITIVE_INFINITY) === 1;
  const producer = (value: string) => graph.nodes.find(({ outputs }) => outputs.includes(value));
  const isShape = ({ op }: Node) => op === 'Reshape' || op === 'Squeeze';
  let value = output?.name ?? '';
  let node = producer(value);
  let rounds = false;
  while (
    node?.domain === '' &&
    MONOTONE.has(node.op) &&
    (isShape(node) || node.inputs.slice(1).every(isShared))
  ) {
    rounds ||= node.op === 'Round';
    value = node.inputs[0] ?? '';
    node = producer(value);
  }
  if (!output || !rounds || node?.op !== 'Softmax' || node.domain !== '') return model;
  const types = inferShapes(graph);
  if (String(types.type(value)?.dims) !== String(types.type(output.name)?.dims)) return model;
  const nodes = graph.nodes.flatMap((each) => {
    if (each.outputs.includes(output.name)) return [identity(value, output.name)];
    return [each];
  });
  return { ...model, graph: prune({ ...graph, nodes }) };
}

/** Functions may hold anything; without them the nodes tell. */
const needsRewriting = (model: Model): boolean =>
  (model.functions?.length ?? 0) > 0 || holdsNarrow(model) || model.graph.nodes.some(isControlFlow);

/** Nodes on the way from the inputs to the outputs that round to integers of few bits. */
function quantizersOf({ graph }: Model): readonly Node[] {
  const nodes = topological(graph);
  const types = inferShapes({ ...graph, nodes });
  const moving = dependents(
    nodes,
    graph.inputs.map((v) => v.name),
  );
  const needed = ancestors(
    nodes,
    graph.outputs.map((v) => v.name),
  );
  const rounds = (node: Node): boolean => {
    if (QUANTIZERS.has(operatorKey(node))) return true;
    if (node.op !== 'Cast' || node.attributes.to?.kind !== 'int') return false;
    const into = dtypeOfCode(node.attributes.to.value) ?? 'float32';
    const from = types.type(node.inputs[0] ?? '')?.dtype ?? 'int64';
    return from.includes('float') && /^u?int(2|4|8|16)$/.test(into);
  };
  return nodes.filter(
    (node) =>
      rounds(node) &&
      node.inputs.some((name) => moving.has(name)) &&
      node.outputs.some((name) => needed.has(name)),
  );
}
