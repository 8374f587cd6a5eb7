import type { Model } from '../onnx/graph.js';
import { parseAdversary } from './adversary-choice.js';
import { type OptimizerName, optimizers } from './optimizers.js';
import type { ScheduleName } from './schedules.js';

/** Everything that determines the result of a training, besides the model and the data. */
export interface TrainingPlan {
  /** Passes over the images; of a distillation, for the teacher and for the student each. */
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  readonly seed: number;
  /** Decoupled decay of weights, not of biases and scales, per unit of learning rate; none when absent. */
  readonly weightDecay?: number;
  /** Random changes of the training images, such as `flip+shift:4`; see `augmentations`. None when absent. */
  readonly augmentation?: string;
  /** Adversarial training against this adversary, such as `pgd:0.3`; see `adversaries`. None when absent. */
  readonly adversary?: string;
  /** Temperature of a defensive distillation; see `distillation.ts`. None when absent. */
  readonly distillation?: number;
}

/** Three passes of Adam with a cosine schedule, seed 1; no defence, no regularization. */
export const defaultPlan: TrainingPlan = {
  epochs: 3,
  batchSize: 128,
  optimizer: 'adam',
  learningRate: optimizers.adam.learningRate.default,
  schedule: 'cosine',
  seed: 1,
};

/** Networks that a plan trains in sequence: teacher and student of a distillation, otherwise one. */
export const phases = ({ distillation }: TrainingPlan): number => (distillation === undefined ? 1 : 2);

/** Images that a whole training sees, repetitions included. */
export const imagesInAll = (plan: TrainingPlan, images: number): number =>
  phases(plan) * plan.epochs * images;

/** Images that a number of steps has seen; the last batch of an epoch may be smaller. */
export function imagesAfter(steps: number, images: number, { batchSize }: TrainingPlan): number {
  const perEpoch = Math.ceil(images / batchSize);
  return Math.floor(steps / perEpoch) * images + Math.min(images, (steps % perEpoch) * batchSize);
}

/**
 * A model whose metadata says which defence it was trained with, so that the file explains
 * itself: `foolproof.adversary` and `foolproof.distillation`, with all parameters. Without one
 * it stays the same model.
 */
export function withDefence(model: Model, { adversary, distillation }: TrainingPlan): Model {
  const metadata = new Map(model.metadata);
  const choice = parseAdversary(adversary ?? 'none');
  if (choice.active) metadata.set('foolproof.adversary', choice.text);
  if (distillation !== undefined) metadata.set('foolproof.distillation', String(distillation));
  return metadata.size === model.metadata.size ? model : { ...model, metadata };
}
