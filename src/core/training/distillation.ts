import { number } from '../base/parameters.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { float32, type Tensor } from '../tensor/tensor.js';

/**
 * Defensive distillation (Papernot et al. 2016, "Distillation as a Defense to Adversarial Perturbations
 * against Deep Neural Networks"): a teacher learns at a softmax temperature T, a student of the same
 * architecture learns the teacher's soft labels at T, and is used at T = 1. Its logits are then about T times
 * larger than those of ordinary training, the softmax saturates, and gradients of cross-entropies vanish in
 * single precision. It masks the gradient and does not make robust (Carlini and Wagner 2016).
 */

/** T, where training distils. */
export const temperature = number({
  help: 'softmax temperature that the teacher and the student are trained at',
  unit: '',
  default: 20,
  minimum: 1,
  maximum: 1000,
  source: 'Papernot et al. 2016, section V.B: 1 to 100, 20 for MNIST',
});

/**
 * `-sum_k p_k log softmax(z / T)_k`, whose gradient `(softmax(z / T) - p) / T` is T times smaller than at
 * T = 1: optimizers that normalize their steps (Adam) are not affected, others need a larger rate.
 *
 * @param logits z, [N, classes]
 * @param targets p, [N, classes], rows that sum to one: soft labels, or hard ones as 0 and 1
 * @returns loss [N]
 */
export function softCrossEntropy(
  g: GraphBuilder,
  logits: string,
  targets: string,
  temperature: number,
): string {
  const logarithms = g.op('LogSoftmax', [g.div(logits, temperature)], { axis: 1 });
  return g.neg(g.sum(g.mul(targets, logarithms), [1], false));
}

/**
 * A classifier whose output is `softmax(z / T)`, [N, classes], instead of its logits z: the teacher's soft
 * labels.
 */
export function softened(model: Model, temperature: number): Model {
  const g = new GraphBuilder(model);
  const [logits] = model.graph.outputs;
  g.clearOutputs();
  g.output(g.op('Softmax', [g.div(logits!.name, temperature)], { axis: 1 }));
  return g.build(`${model.graph.name} at temperature ${temperature}`);
}

/** Labels [N] as rows of zeros with a one: [N, classes]. */
export function hardTargets(labels: ArrayLike<number | bigint>, classes: number): Tensor<'float32'> {
  const data = new Float32Array(labels.length * classes);
  for (let n = 0; n < labels.length; n += 1) data[n * classes + Number(labels[n])] = 1;
  return float32([labels.length, classes], data);
}
