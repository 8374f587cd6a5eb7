import type { GraphBuilder } from '../../onnx/builder.js';
import { type DType, type Tensor, tensor } from '../../tensor/tensor.js';

/** A loss that an attacker follows, one number for each input; larger is worse for the model. */
export interface Objective {
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly source: string;
  /** It leads to one class; where none is named, to the most likely class besides the label. */
  readonly targeted?: true;
  /**
   * @param logits [N, classes]
   * @param labels int64 [N]
   * @param targets int64 [N], none equal to its label; for targeted objectives
   * @returns loss [N]
   */
  emit(g: GraphBuilder, logits: string, labels: string, targets?: string): string;
}

/** Stands for minus infinity in maxima and in sums of exponentials. */
export const LOWEST = -1e30;

/** One at the label of each row, zero elsewhere: [N, classes]. */
export function oneHot(g: GraphBuilder, logits: string, labels: string): string {
  const dtype: DType = g.dtype(logits);
  const values = dtype === 'float64' ? Float64Array.of(0, 1) : Float32Array.of(0, 1);
  const pair = g.constant(tensor(dtype, [2], values as never) as Tensor);
  return g.op('OneHot', [labels, g.ints([Number(g.dims(logits)[1])]), pair], { axis: -1 });
}

/** The entry of each row that its label points at, [N]. */
export const pick = (g: GraphBuilder, rows: string, logits: string, labels: string): string =>
  g.sum(g.mul(rows, oneHot(g, logits, labels)), [1], false);

/** The values without those that `hot` marks. */
export const without = (g: GraphBuilder, values: string, hot: string): string =>
  g.where(g.greater(hot, 0.5), LOWEST, values);

/** The most likely class besides the label, int64 [N]; the first among equals. */
export const runnerUp = (g: GraphBuilder, logits: string, labels: string): string =>
  g.op('ArgMax', [without(g, logits, oneHot(g, logits, labels))], { axis: 1, keepdims: 0 });
