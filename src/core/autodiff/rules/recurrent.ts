import { type RuleFamily, unsupported } from '../rule.js';

const unrolled = unsupported(
  'only over a known number of at most 1024 steps, without peepholes, clipping and activations of their own',
);

export const recurrence = { LSTM: unrolled, GRU: unrolled, RNN: unrolled } as const satisfies RuleFamily;
