import { float, floats, int, string, strings } from './attributes.js';
import { type OperatorFamily, operator, type ShapeContext, type ShapeResult } from './operator.js';

/** Networks that run over a sequence, step by step. */

const recurrent = {
  activation_alpha: floats(),
  activation_beta: floats(),
  clip: float(),
  direction: string('forward'),
  hidden_size: int(),
  layout: int(0),
};

/** All hidden states, the last one, and of an LSTM the last cell state. */
function states(c: ShapeContext<typeof recurrent>, last: number): ShapeResult {
  const { dtype } = c.type(0);
  const [first = 1, second = 1] = c.dims(0);
  const directions = c.attributes.direction === 'bidirectional' ? 2 : 1;
  const hidden = c.dims(2)[2] ?? 1;
  // Layout 0 has the steps first, layout 1 the batch.
  const isBatchFirst = c.attributes.layout === 1;
  const [steps, batch] = isBatchFirst ? [second, first] : [first, second];
  const all = isBatchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  const end = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  return [{ dtype, dims: all }, ...Array.from({ length: last }, () => ({ dtype, dims: end }))];
}

export const recurrence = {
  LSTM: operator({
    attributes: { ...recurrent, activations: strings(), input_forget: int(0) },
    shape: (c) => states(c, 2),
  }),
  GRU: operator({
    attributes: { ...recurrent, activations: strings(), linear_before_reset: int(0) },
    shape: (c) => states(c, 1),
  }),
  RNN: operator({
    attributes: { ...recurrent, activations: strings(['Tanh', 'Tanh']) },
    shape: (c) => states(c, 1),
  }),
} as const satisfies OperatorFamily;
