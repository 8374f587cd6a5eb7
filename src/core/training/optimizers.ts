import { type NumberParameter, number } from '../base/parameters.js';

/** An optimizer's state of each parameter (momentum, ...), by parameter name and slot. */
export type OptimizerState = Map<string, Float32Array>;

/**
 * One update of one parameter, in place. Written as a single pass over typed arrays: unfused element-wise
 * operators in a graph would read and write the same memory a dozen times.
 */
export interface Optimizer {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly learningRate: NumberParameter;
  /** Names of the arrays to keep for each parameter, each of the parameter's size, starting at zero. */
  readonly slots: readonly string[];
  /** @param step number of this update, from 1 */
  update(
    weights: Float32Array,
    gradient: Float32Array,
    slots: readonly Float32Array[],
    rate: number,
    step: number,
  ): void;
}

/**
 * Decoupled weight decay, in place, before an update: `w *= 1 - rate * weightDecay` (Loshchilov and
 * Hutter 2019, as PyTorch writes AdamW). Unlike a penalty in the loss it never enters an optimizer's
 * moments of the gradients.
 *
 * @param rate the scheduled learning rate of this step
 */
export function decay(weights: Float32Array, rate: number, weightDecay: number): void {
  const factor = 1 - rate * weightDecay;
  for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! * factor;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

const adam: Optimizer = {
  name: 'adam',
  title: 'Adam',
  source: 'Kingma and Ba 2015, Algorithm 1 (beta1 0.9, beta2 0.999, epsilon 1e-8)',
  learningRate: number({
    help: 'step size',
    unit: 'none',
    default: 1e-3,
    minimum: 0,
    maximum: 10,
    source: 'Kingma and Ba 2015',
  }),
  slots: ['m', 'v'],
  update(weights, gradient, slots, rate, step) {
    const [m, v] = slots as [Float32Array, Float32Array];
    const scale = rate / (1 - BETA1 ** step);
    const correction = 1 / (1 - BETA2 ** step);
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i]!;
      const mean = BETA1 * m[i]! + (1 - BETA1) * g;
      const square = BETA2 * v[i]! + (1 - BETA2) * g * g;
      m[i] = mean;
      v[i] = square;
      weights[i] = weights[i]! - (scale * mean) / (Math.sqrt(square * correction) + EPSILON);
    }
  },
};

const MOMENTUM = 0.9;

const sgd: Optimizer = {
  name: 'sgd',
  title: 'SGD with momentum',
  source: 'Sutskever et al. 2013, as PyTorch writes it (momentum 0.9)',
  learningRate: number({
    help: 'step size',
    unit: 'none',
    default: 0.05,
    minimum: 0,
    maximum: 100,
    source: 'common practice',
  }),
  slots: ['velocity'],
  update(weights, gradient, slots, rate) {
    const [velocity] = slots as [Float32Array];
    for (let i = 0; i < weights.length; i++) {
      const speed = MOMENTUM * velocity[i]! + gradient[i]!;
      velocity[i] = speed;
      weights[i] = weights[i]! - rate * speed;
    }
  },
};

/** Every optimizer by name. A new one is one entry here. */
export const optimizers = { adam, sgd } as const satisfies Readonly<Record<string, Optimizer>>;

export type OptimizerName = keyof typeof optimizers;
