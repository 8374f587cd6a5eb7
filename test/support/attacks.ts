import type { Attack, AttackContext } from '../../src/core/attacks/attack.js';
import { pickRows } from '../../src/core/attacks/harness/rows.js';
import type { Norm } from '../../src/core/attacks/index.js';
import type { Tensor } from '../../src/core/tensor/tensor.js';

/** Candidates for some inputs at a budget; `rows` are their positions in the batch. */
export type Propose = (
  images: Tensor<'float32'>,
  budget: number,
  context: AttackContext,
  rows: readonly number[],
) => Tensor<'float32'>;

/** An attack of one function, without any gradient. */
export function attackOf(
  propose: Propose,
  norm: Norm = 'Linf',
  before?: (context: AttackContext) => void,
): Attack {
  return {
    name: 'test',
    title: 'Test',
    source: 'none',
    norm,
    followsObjective: false,
    parameters: {},
    budget: { name: 'epsilon', help: 'test', default: [1], minimum: 0, maximum: 1 },
    async prepare(context) {
      before?.(context);
      return { candidates: (budget, rows) => propose(pickRows(context.images, rows), budget, context, rows) };
    },
  };
}
