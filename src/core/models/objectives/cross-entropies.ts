import type { GraphBuilder } from '../../onnx/builder.js';
import { type Objective, oneHot, pick, without } from './objective.js';

/**
 * Bounds that the toolkits of 2017 put around probabilities before taking logarithms
 * (Keras: `epsilon` = 1e-7).
 */
const KERAS_EPSILON = 1e-7;

/**
 * `log(1 + sum over k != y of exp(z_k - z_y))`. The common `-log softmax(z)_y` has the derivative `p_y - 1`
 * for the label's own logit, which rounds to zero once `p_y` rounds to one, past a margin of 17: the attack
 * then ignores the very logit that it should lower. Here that derivative is minus the sum of the other
 * probabilities, which keeps its precision until they underflow.
 */
export const crossEntropy: Objective = {
  name: 'cross-entropy',
  title: 'Cross-entropy',
  help:
    'softmax cross-entropy evaluated stably from the logits; its gradient shrinks with confidence but ' +
    'keeps its direction, until single precision underflows past a margin of 88',
  source: 'Goodfellow et al. 2015; Liu et al., Eq. 10-11',
  emit(g, logits, labels) {
    const hot = oneHot(g, logits, labels);
    const own = g.sum(g.mul(logits, hot), [1]);
    const others = without(g, g.sub(logits, own), hot);
    // Any shift near the maximum prevents overflow. A rounded one is constant for the gradient, as it must
    // be: the parts of the gradient that flow through the shift cancel only up to rounding, which would swamp
    // a tiny gradient.
    const shift = g.op('Ceil', [g.op('Max', [g.max(others, [1]), g.scalar(0, g.dtype(logits))])]);
    const rest = g.sum(g.exp(g.sub(others, shift)), [1]);
    return g.squeeze(g.add(shift, g.log(g.add(g.exp(g.neg(shift)), rest))), [1]);
  },
};

/**
 * `-log(clip(p_y, 1e-7, 1 - 1e-7))` with `p = softmax(z)` in single precision, whose neighbours of the upper
 * bound are `1 - 2^-23` and 1: the gradient is exactly zero where `p_y` rounds to 1. That depends on how a
 * softmax rounds. With `m = -log(sum over k != y of exp(z_k - z_y))` it begins at a margin `m` between 15.7
 * (sum of the others 2.5 * 2^-24) and 16.6 (2^-24). Measured with ONNX Runtime on 1,000 test images of the
 * HashNet 1/64 of the MNIST study: zeros at margins from 15.97 on, none missing past 16.57, 24.9 % of the
 * images; a softmax that rounds otherwise has from 24.0 to 29.9 %. Success at a fixed budget moves as much.
 */
export const crossEntropyClipped: Objective = {
  name: 'cross-entropy-clipped',
  title: 'Cross-entropy on clipped probabilities',
  help:
    '-log of the probability clipped to [1e-7, 1 - 1e-7], as toolkits of 2017 did; the gradient is exactly ' +
    'zero past a margin of 15.7 to 16.6, as the softmax rounds near 1: between two implementations shares ' +
    'of zero gradients, and success rates with them, may differ by six points',
  source: 'Keras 2, backend categorical_crossentropy',
  emit(g, logits, labels) {
    const probabilities = g.op('Softmax', [logits], { axis: 1 });
    const chosen = pick(g, g.clip(probabilities, KERAS_EPSILON, 1 - KERAS_EPSILON), logits, labels);
    return g.neg(g.log(chosen));
  },
};

/**
 * `softmax - onehot`, evaluated just so: the derivative of LogSoftmax is written with the
 * probabilities themselves.
 */
export const crossEntropyFused: Objective = {
  name: 'cross-entropy-fused',
  title: 'Cross-entropy as toolkits fuse it',
  help:
    "softmax minus one-hot in single precision, as PyTorch and TensorFlow have it; the label's own share " +
    'of the gradient is exactly zero once its probability rounds to one, past a margin of 17',
  source: 'PyTorch, cross_entropy; TensorFlow, softmax_cross_entropy_with_logits',
  emit(g, logits, labels) {
    return g.neg(pick(g, g.op('LogSoftmax', [logits], { axis: 1 }), logits, labels));
  },
};

/**
 * Largest distance of two logits after rescaling: a class at the far end keeps a weight of
 * exp(-10), far above rounding.
 */
const SPAN = 10;

/**
 * Logits divided by a temperature do not saturate (Carlini and Wagner break distillation so), but a fixed
 * temperature is too low for one model and so high for another that all classes weigh the same. This one is
 * each input's own: the largest margin becomes 10. The margin to the runner-up, which Yu and Xu divide by,
 * would make the loss nearly the same everywhere; here it grows as the runner-up catches up with the label,
 * so attacks that compare losses can use it.
 */
export const crossEntropyTemperature: Objective = {
  name: 'cross-entropy-temperature',
  title: 'Cross-entropy at a temperature',
  help:
    "cross-entropy of logits divided by a tenth of the input's largest absolute margin, which counts as " +
    'constant; it saturates at no scale of the logits',
  source:
    'Carlini and Wagner 2016, "Defensive Distillation is Not Robust" (division by a temperature); Yu and ' +
    'Xu 2023, "Efficient Loss Function by Minimizing the Detrimental Effect of Floating-Point Errors on ' +
    'Gradient-Based Attacks" (one for each input)',
  emit(g, logits, labels) {
    const own = g.sum(g.mul(logits, oneHot(g, logits, labels)), [1]);
    const margins = g.sub(logits, own);
    const largest = g.max(g.op('Abs', [margins]), [1]);
    return crossEntropy.emit(g, g.div(margins, asConstant(g, g.div(largest, SPAN))), labels);
  },
};

/** So fine that single precision has nothing between its steps from 2^-17 on; one step stands for zero. */
const GRID = 2 ** 40;

/** A positive value that counts as constant for the gradient: none comes through `Ceil`. */
const asConstant = (g: GraphBuilder, value: string): string =>
  g.div(g.op('Ceil', [g.mul(g.op('Max', [value, g.scalar(1 / GRID, g.dtype(value))]), GRID)]), GRID);
