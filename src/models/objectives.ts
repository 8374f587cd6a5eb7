import type { GraphBuilder } from '../onnx/builder.js';
import { type DType, type Tensor, tensor } from '../tensor/tensor.js';

/** A loss that an attacker follows, one number for each input; larger is worse for the model. */
export interface Objective {
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly source: string;
  /**
   * @param logits [N, classes]
   * @param labels int64 [N]
   * @returns loss [N]
   */
  emit(g: GraphBuilder, logits: string, labels: string): string;
}

/** Bounds that the toolkits of 2017 put around probabilities before taking logarithms (Keras: `epsilon` = 1e-7). */
const KERAS_EPSILON = 1e-7;

function oneHot(g: GraphBuilder, logits: string, labels: string): string {
  const dtype: DType = g.dtype(logits);
  const values = dtype === 'float64' ? Float64Array.of(0, 1) : Float32Array.of(0, 1);
  const pair = g.constant(tensor(dtype, [2], values as never) as Tensor);
  return g.op('OneHot', [labels, g.ints([Number(g.dims(logits)[1])]), pair], { axis: -1 });
}

/** The entry of each row that its label points at, [N]. */
const pick = (g: GraphBuilder, rows: string, logits: string, labels: string) =>
  g.sum(g.mul(rows, oneHot(g, logits, labels)), [1], false);

/** Stands for minus infinity in sums of exponentials. */
const LOWEST = -1e30;

/**
 * `log(1 + sum over k != y of exp(z_k - z_y))`. The usual `-log softmax(z)_y` has the derivative `p_y - 1` for the label's own
 * logit, which rounds to zero once `p_y` rounds to one, past a margin of 17: the attack then ignores the very logit that it
 * should lower. Here that derivative is minus the sum of the other probabilities, which keeps its precision until they
 * underflow.
 */
const crossEntropy: Objective = {
  name: 'cross-entropy',
  title: 'Cross-entropy',
  help: 'softmax cross-entropy evaluated stably from the logits; its gradient shrinks with confidence but keeps its direction, until single precision underflows past a margin of 88',
  source: 'Goodfellow et al. 2015; Liu et al., Eq. 10-11',
  emit(g, logits, labels) {
    const hot = oneHot(g, logits, labels);
    const own = g.sum(g.mul(logits, hot), [1]);
    const others = g.where(g.greater(hot, 0.5), LOWEST, g.sub(logits, own));
    // Any shift near the maximum prevents overflow. A rounded one is constant for the gradient, as it must be: the parts of
    // the gradient that flow through the shift cancel only up to rounding, which would swamp a tiny gradient.
    const shift = g.op('Ceil', [g.op('Max', [g.max(others, [1]), g.scalar(0, g.dtype(logits))])]);
    const rest = g.sum(g.exp(g.sub(others, shift)), [1]);
    return g.squeeze(g.add(shift, g.log(g.add(g.exp(g.neg(shift)), rest))), [1]);
  },
};

const crossEntropyClipped: Objective = {
  name: 'cross-entropy-clipped',
  title: 'Cross-entropy on clipped probabilities',
  help: 'as toolkits of 2017 did; probabilities are clipped to [1e-7, 1 - 1e-7], and the gradient is exactly zero once the margin passes about 16',
  source: 'Keras 2, backend categorical_crossentropy',
  emit(g, logits, labels) {
    const probabilities = g.op('Softmax', [logits], { axis: 1 });
    const chosen = pick(g, g.clip(probabilities, KERAS_EPSILON, 1 - KERAS_EPSILON), logits, labels);
    return g.neg(g.log(chosen));
  },
};

/**
 * A margin never saturates: its gradient is that of two logits, however confident the model is. Where an attack that follows
 * a cross-entropy fails and this one does not, the gradient was masked.
 */
const margin: Objective = {
  name: 'margin',
  title: 'Margin',
  help: 'largest other logit minus the logit of the label; its gradient does not shrink with confidence; positive when the model is fooled',
  source: 'Carlini and Wagner 2017, f_6',
  emit(g, logits, labels) {
    const hot = oneHot(g, logits, labels);
    const own = g.sum(g.mul(logits, hot), [1], false);
    const others = g.where(g.greater(hot, 0.5), LOWEST, logits);
    return g.sub(g.max(others, [1], false), own);
  },
};

/** Every objective by name. A new one is one entry here. */
export const objectives: Readonly<Record<string, Objective>> = {
  'cross-entropy': crossEntropy,
  'cross-entropy-clipped': crossEntropyClipped,
  margin,
};
