import { vjp } from '../autodiff/gradient.js';
import type { RuleSet } from '../autodiff/rule.js';
import { ruleSets } from '../autodiff/rules/index.js';
import { simplify } from '../autodiff/simplify.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { lower } from '../onnx/lowering/index.js';
import { float32, tensor } from '../tensor/tensor.js';
import { type Objective, runnerUp } from './objectives/objective.js';

/** Label that stands for the model's own prediction, as the paper attacks it (O(X), not the true class). */
export const OWN_PREDICTION = -1;

/** Target that stands for the most likely class besides the label. */
export const RUNNER_UP = -1;

/** A model with its input gradient, and the names of the inputs and outputs of that graph. */
export interface GradientGraph {
  readonly model: Model;
  /** Names of the graph's inputs and outputs. */
  readonly image: string;
  readonly label: string;
  /** Of a targeted objective alone. */
  readonly target?: string;
  readonly loss: string;
  readonly logits: string;
  readonly gradient: string;
}

/**
 * A model with its input gradient, as one ONNX graph that any runtime executes.
 *
 * Inputs: the image [N, ...], `label` int64 [N] (-1: the model's own prediction) and, where the objective is
 * targeted, `target` int64 [N] (-1: the most likely class besides the label). Outputs: `loss` [N], the logits
 * [N, classes], and `gradient`, of the image's shape: row n is the gradient of loss n with respect to image n
 * (Liu et al., Eq. 6: reshapings are part of the graph, so it is the gradient of F_phi).
 *
 * @param source how messages name the model
 * @param rules what operators are differentiated by; default: their derivatives
 * @throws ToolkitError `unsupported-operators`
 */
export function gradientGraph(
  model: Model,
  objective: Objective,
  source = 'model',
  rules: RuleSet = ruleSets.exact,
): GradientGraph {
  const g = new GraphBuilder(simplify(lower(model, source)));
  const image = model.graph.inputs[0]!.name;
  const logits = model.graph.outputs[0]!.name;
  const unused = (name: string) => (g.has(name) ? g.fresh(name) : name);
  const batch = batchOf(model);
  const label = g.input(unused('label'), 'int64', [batch]);
  const own = g.op('ArgMax', [logits], { axis: 1, keepdims: 0 });
  const labels = g.where(g.less(label, 0), own, label);
  const target = objective.targeted && g.input(unused('target'), 'int64', [batch]);
  const targets = target && g.where(g.less(target, 0), runnerUp(g, logits, labels), target);
  const loss = objective.emit(g, logits, labels, targets);
  const one = g.op('ConstantOfShape', [g.op('Shape', [loss])], { value: onesOf(g.dtype(loss)) });
  const [gradient] = vjp(g, { [loss]: one }, [image], { source, rules });
  g.clearOutputs();
  const names = {
    loss: g.output(loss, unused('loss')),
    logits: g.output(logits),
    gradient: g.output(gradient!, unused('gradient')),
  };
  return {
    model: g.build(`${model.graph.name} with input gradient`),
    image,
    label,
    ...(target && { target }),
    ...names,
  };
}

/** What a vector-Jacobian product is taken of: the logits, or their softmax. */
export type Outputs = 'logits' | 'probabilities';

export interface VjpGraph {
  readonly model: Model;
  readonly image: string;
  /** Inputs [N, classes], one for each product. */
  readonly cotangents: readonly string[];
  readonly logits: string;
  /** Outputs of the image's shape, in the order of the cotangents. */
  readonly gradients: readonly string[];
}

/**
 * A model with vector-Jacobian products of its outputs, as one ONNX graph: row n of gradient k is
 * `sum_c cotangent_k[n, c] * dF_c / dx_n`. All products share one forward pass, so that two of them cost less
 * than two gradients, and the Jacobian itself is never formed.
 *
 * @param rules what operators are differentiated by; default: their derivatives
 * @throws ToolkitError `unsupported-operators`
 */
export function vjpGraph(
  model: Model,
  products: number,
  outputs: Outputs,
  source = 'model',
  rules: RuleSet = ruleSets.exact,
): VjpGraph {
  const g = new GraphBuilder(simplify(lower(model, source)));
  const image = model.graph.inputs[0]!.name;
  const logits = model.graph.outputs[0]!.name;
  const unused = (name: string) => (g.has(name) ? g.fresh(name) : name);
  const dims = [batchOf(model), Number(g.dims(logits)[1])];
  const names = Array.from({ length: products }, (_, k) =>
    g.input(unused(`cotangent_${k}`), 'float32', dims),
  );
  const values = outputs === 'probabilities' ? g.op('Softmax', [logits], { axis: 1 }) : logits;
  const gradients = names.map((name) => vjp(g, { [values]: name }, [image], { source, rules })[0]!);
  g.clearOutputs();
  const named = {
    image,
    cotangents: names,
    logits: g.output(logits),
    gradients: gradients.map((slope, k) => g.output(slope, unused(`gradient_${k}`))),
  };
  return { model: g.build(`${model.graph.name} with ${products} vector-Jacobian products`), ...named };
}

/** The batch of its images, where the graph holds on to one. */
function batchOf({ graph }: Model): number | 'N' {
  const batch = graph.inputs[0]?.type?.dims?.[0];
  return typeof batch === 'number' ? batch : 'N';
}

const onesOf = (dtype: string) =>
  dtype === 'float64' ? tensor('float64', [1], Float64Array.of(1)) : float32([1], [1]);
