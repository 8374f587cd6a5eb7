import { PAPER_GRADIENTS } from '../../node/apps/study/claims/paper-numbers.js';
import type { Results } from '../../node/apps/study/study-schema.js';
import type { Model } from './select-results.js';

/**
 * Numbers stated for MNIST in the text of Liu et al., "Security Analysis and Enhancement of Model Compressed
 * Deep Learning Systems under Adversarial Attacks", drawn as grey marks beside ours. Only what the text
 * states: bars and lines that would have to be measured from a picture are left out.
 */
const MNIST = {
  accuracy: new Map([
    ['none', 0.9929],
    ['hash:1/8', 0.9925],
    ['hash:1/64', 0.9913],
  ]),
  /** Fig. 10a, uncompressed model, epsilon = 0.5. */
  inhibition: {
    budget: 0.5,
    compression: 'none',
    points: [
      { tau: 0, success: 0.9581 },
      { tau: 0.1, success: 0.0124 },
    ],
  },
  /** Fig. 7: share of inputs whose mean absolute gradient lies in a range of powers of ten. */
  gradients: new Map<string, { large: number; small: number }>([
    ['none', PAPER_GRADIENTS.uncompressed],
    ['hash:1/64', PAPER_GRADIENTS.mostCompressed],
  ]),
};

/**
 * For CIFAR-10 the text gives averages over four networks, without their epsilon: nothing that belongs beside
 * a line.
 */
const isMnist = (results: Results): boolean => results.study === 'mnist';

export function paperAccuracy(results: Results, model: Model): number | undefined {
  return isMnist(results) ? MNIST.accuracy.get(model.compression) : undefined;
}

export function paperGradients(results: Results, model: Model): { large: number; small: number } | undefined {
  return isMnist(results) ? MNIST.gradients.get(model.compression) : undefined;
}

/** The paper's success rates for the uncompressed model at this epsilon, by tau. */
export function paperInhibition(results: Results, budget: number): { tau: number; success: number }[] {
  return isMnist(results) && budget === MNIST.inhibition.budget ? MNIST.inhibition.points : [];
}
