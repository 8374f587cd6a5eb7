import type { Dim } from '../graph.js';
import { float, floats, int, string, strings } from './attributes.js';
import { type OperatorFamily, operator, type ShapeContext, type ShapeResult } from './operator.js';

/** Networks that run over a sequence, step by step. */

export const recurrent = {
  activation_alpha: floats(),
  activation_beta: floats(),
  clip: float(),
  direction: string('forward'),
  hidden_size: int(),
  layout: int(0),
};

/** All hidden states, the last one, and of an LSTM the last cell state. */
export function states(
  c: ShapeContext<Omit<typeof recurrent, 'layout'>>,
  last: number,
  isBatchFirst: boolean,
  hidden: Dim = c.dims(2)[2] ?? 1,
): ShapeResult {
  const { dtype } = c.type(0);
  const [first = 1, second = 1] = c.dims(0);
  const directions = c.attributes.direction === 'bidirectional' ? 2 : 1;
  const [steps, batch] = isBatchFirst ? [second, first] : [first, second];
  const all = isBatchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  const end = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  return [{ dtype, dims: all }, ...Array.from({ length: last }, () => ({ dtype, dims: end }))];
}

/** Layout 0 has the steps first, layout 1 the batch. */
const isBatchFirst = ({ attributes }: ShapeContext<typeof recurrent>) => attributes.layout === 1;

export const recurrence = {
  LSTM: operator({
    attributes: { ...recurrent, activations: strings(), input_forget: int(0) },
    shape: (c) => states(c, 2, isBatchFirst(c)),
  }),
  GRU: operator({
    attributes: { ...recurrent, activations: strings(), linear_before_reset: int(0) },
    shape: (c) => states(c, 1, isBatchFirst(c)),
  }),
  RNN: operator({
    attributes: { ...recurrent, activations: strings(['Tanh', 'Tanh']) },
    shape: (c) => states(c, 1, isBatchFirst(c)),
  }),
} as const satisfies OperatorFamily;
