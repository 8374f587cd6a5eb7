import { vjp } from '../autodiff/gradient.js';
import type { Rule, RuleFamily } from '../autodiff/rule.js';
import { ruleSets } from '../autodiff/rules/index.js';
import { straightThroughRules } from '../autodiff/rules/straight-through.js';
import { simplify } from '../autodiff/simplify.js';
import type { Objective } from '../models/objectives/index.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Model, Node } from '../onnx/graph.js';
import { reshapingsOf } from '../reshaping/index.js';
import { dtypes, float32, type Tensor } from '../tensor/tensor.js';
import { type BatchStatistics, batchStatisticsRules, withBatchStatistics } from './batch-statistics.js';
import { softCrossEntropy } from './distillation.js';

/**
 * Quantizers are trained straight through (Bengio, Leonard and Courville 2013); their scales follow the
 * values and have no gradient of their own.
 */
const dequantize: Rule<'DequantizeLinear'> = ruleSets.exact.DequantizeLinear;
const quantizerRules = {
  QuantizeLinear: straightThroughRules.QuantizeLinear,
  DequantizeLinear: { ...dequantize, vjp: (c, input) => (input === 0 ? dequantize.vjp(c, 0) : undefined) },
} as const satisfies RuleFamily;

export interface TrainingGraph {
  readonly model: Model;
  readonly image: string;
  readonly label: string;
  /** Of a distillation: float32 [N, classes], what the loss compares with instead of the label. */
  readonly targets?: string;
  readonly classes: number;
  readonly loss: string;
  /** Number of images classified correctly, a float32 scalar. */
  readonly correct: string;
  /** From each trained parameter, now an input, to the output that holds its gradient. */
  readonly gradients: ReadonlyMap<string, string>;
  /** Those of the trained parameters that weight decay shrinks. */
  readonly weights: ReadonlySet<string>;
  /** Layers that normalize by the statistics of the batch, which are outputs too. */
  readonly statistics: readonly BatchStatistics[];
}

/** Which inputs of an operator are weights: factors of a product with what comes from the image. */
const WEIGHT_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Conv: [1],
  ConvTranspose: [1],
  Gemm: [1],
  MatMul: [0, 1],
};

/** Further inputs of an operator that are trained: biases, scales, and the negative slope of PRelu. */
const OTHER_TRAINED_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Conv: [2],
  ConvTranspose: [2],
  Gemm: [2],
  // Not its running statistics.
  BatchNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  PRelu: [1],
};

/**
 * The values that training changes: what layers use as weights, biases and scales, or theta of those
 * that are reshaped; also the bias that is added to a product. Everything else is left alone:
 * constants of preprocessing, running statistics, and whatever a reshaping stores beside theta (tau,
 * seeds, masks, codebooks).
 */
export function trainableParameters(model: Model): Map<string, Tensor<'float32'>> {
  const { nodes, initializers } = model.graph;
  const products = new Set(
    nodes.filter((n) => ['MatMul', 'Conv', 'Gemm'].includes(n.op)).flatMap((n) => n.outputs),
  );
  const used = nodes.flatMap((node) => {
    if (node.op === 'Add' && node.inputs.some((name) => products.has(name))) return node.inputs;
    return [...inputsOf(node, WEIGHT_INPUTS), ...inputsOf(node, OTHER_TRAINED_INPUTS)];
  });
  const thetas = Object.values(reshapingsOf(model)).flatMap((chain) => chain.map((entry) => entry.stored));
  const wanted = new Set([...used, ...thetas]);
  return new Map(
    [...initializers].filter(
      (entry): entry is [string, Tensor<'float32'>] =>
        wanted.has(entry[0]) && entry[1].dtype === 'float32' && entry[1].dims.length > 0,
    ),
  );
}

/**
 * Names of the trainable parameters that are weights of a layer, or theta of such a weight, whatever their
 * rank. Not biases, nor scales and shifts of normalization: pulling those towards zero does not make a
 * network simpler.
 */
export function weightParameters(model: Model): Set<string> {
  const weights = new Set(model.graph.nodes.flatMap((node) => inputsOf(node, WEIGHT_INPUTS)));
  const reshaped = Object.entries(reshapingsOf(model)).filter(([weight]) => weights.has(weight));
  const thetas = reshaped.flatMap(([, chain]) => chain.map((entry) => entry.stored));
  const trained = trainableParameters(model);
  return new Set([...weights, ...thetas].filter((name) => trained.has(name)));
}

const inputsOf = (node: Node, table: Readonly<Record<string, readonly number[]>>): string[] =>
  (table[node.op] ?? []).flatMap((i) => node.inputs[i] ?? []);

/** A model with these values as inputs behind its own, instead of stored: what changes from step to step. */
export function withInputs(model: Model, values: ReadonlyMap<string, Tensor>): Model {
  const { graph } = model;
  const inputs = [...values].map(([name, value]) => ({
    name,
    type: { dtype: value.dtype, dims: value.dims },
  }));
  const initializers = new Map([...graph.initializers].filter(([name]) => !values.has(name)));
  return { ...model, graph: { ...graph, inputs: [...graph.inputs, ...inputs], initializers } };
}

/**
 * One training step as a graph: mean loss over the batch, correct predictions, and the gradient of every
 * parameter. Reshaped weights are trained through their reshaping: the gradient of a hash bucket is the
 * signed sum over the virtual weights that share it (Chen et al. 2015, Eq. 12). Batch normalization uses the
 * statistics of the batch and outputs them.
 *
 * @param temperature of a distillation: the loss is then `softCrossEntropy` of the
 *   targets, and not the objective's
 * @throws ToolkitError `unsupported-operators`, `unknown-shape`
 */
export function trainingGraph(model: Model, objective: Objective, temperature?: number): TrainingGraph {
  const parameters = trainableParameters(model);
  const { graph } = model;
  const { model: normalized, layers: statistics } = withBatchStatistics(withInputs(model, parameters));
  const g = new GraphBuilder(simplify(normalized));
  const image = graph.inputs[0]!.name;
  const logits = graph.outputs[0]!.name;
  const label = g.input(g.has('label') ? g.fresh('label') : 'label', 'int64', ['N']);
  const classes = Number(g.dims(logits)[1]);
  const targets =
    temperature && g.input(g.has('targets') ? g.fresh('targets') : 'targets', 'float32', ['N', classes]);
  const losses = targets
    ? softCrossEntropy(g, logits, targets, temperature)
    : objective.emit(g, logits, label);
  const loss = g.op('ReduceMean', [losses], { keepdims: 0 });
  const predicted = g.op('ArgMax', [logits], { axis: 1, keepdims: 0 });
  const hits = g.op('Cast', [g.equal(predicted, label)], { to: dtypes.float32.code });
  const correct = g.op('ReduceSum', [hits], { keepdims: 0 });
  const names = [...parameters.keys()];
  const gradients = vjp(g, { [loss]: g.constant(float32([], [1])) }, names, {
    rules: { ...batchStatisticsRules(statistics), ...quantizerRules },
  });
  g.clearOutputs();
  g.output(loss);
  g.output(correct);
  const outputs = new Map(names.map((name, i) => [name, g.output(gradients[i]!)]));
  for (const { batch } of statistics) for (const name of [batch.mean, batch.variance]) g.output(name);
  return {
    model: g.build(`training step of ${graph.name}`),
    image,
    label,
    ...(targets && { targets }),
    classes,
    loss,
    correct,
    gradients: outputs,
    weights: weightParameters(model),
    statistics,
  };
}
