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

const crossEntropy: Objective = {
  name: 'cross-entropy',
  title: 'Cross-entropy',
  help: 'softmax cross-entropy evaluated stably from the logits; its gradient shrinks with confidence and vanishes past a margin of 88 to 104; the share of the predicted class itself is lost in rounding past 17',
  source: 'Goodfellow et al. 2015; Liu et al., Eq. 10',
  emit: (g, logits, labels) => g.neg(pick(g, g.op('LogSoftmax', [logits], { axis: 1 }), logits, labels)),
};

const crossEntropyClipped: Objective = {
  name: 'cross-entropy-clipped',
  title: 'Cross-entropy on clipped probabilities',
  help: `cross-entropy of softmax probabilities clipped to [1e-7, 1 - 1e-7], as the toolkits of 2017 computed it; its gradient is exactly zero once the margin passes about 16`,
  source: 'Keras 2, backend categorical_crossentropy',
  emit(g, logits, labels) {
    const probabilities = g.op('Softmax', [logits], { axis: 1 });
    const chosen = pick(g, g.clip(probabilities, KERAS_EPSILON, 1 - KERAS_EPSILON), logits, labels);
    return g.neg(g.log(chosen));
  },
};

/** Every objective by name. A new one is one entry here. */
export const objectives: Readonly<Record<string, Objective>> = {
  'cross-entropy': crossEntropy,
  'cross-entropy-clipped': crossEntropyClipped,
};
