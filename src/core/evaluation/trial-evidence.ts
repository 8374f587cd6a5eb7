import { rate } from '../base/statistics.js';
import type { Evidence, Trial } from './evidence.js';
import type { ModelTrial } from './model-trials.js';
import type { Chunk } from './trial-outcome.js';

/**
 * What findings see of a model.
 *
 * @param labels true classes of the inputs, as the model counts them
 */
export function evidenceOf(
  chunk: Chunk,
  trials: readonly ModelTrial[],
  labels: ArrayLike<number>,
  { rule, epsilon, classes, refusal }: Pick<Evidence, 'rule' | 'epsilon' | 'classes' | 'refusal'>,
): Evidence {
  const { clean } = chunk;
  const inputs = clean.length;
  const some = (count: number | null) => (count === null ? undefined : rate(count, inputs));
  return {
    rule,
    epsilon,
    classes,
    labels,
    ...(refusal !== undefined && { refusal }),
    correct: Uint8Array.from(clean, (prediction, i) => Number(prediction === labels[i])),
    changedAnswers: rate(chunk.changedAnswers, inputs),
    saturated: rate(chunk.saturated, inputs),
    probabilities: chunk.probabilities,
    trials: chunk.outcomes.map((outcome, i): Trial => {
      const { planned, id, source } = trials[i]!;
      const zeroGradients = source ? undefined : some(outcome.zeroGradients);
      const silent = some(outcome.silent);
      return {
        id,
        attack: planned.attack.name,
        role: planned.role,
        objective: planned.attack.followsObjective ? (planned.objective?.name ?? null) : null,
        budgets: outcome.budgets,
        fooledAt: outcome.predictions.map((row) => Uint8Array.from(row, (p, n) => Number(p !== clean[n]))),
        untouched: rate(outcome.untouched, inputs),
        ...(zeroGradients && { zeroGradients }),
        ...(silent && { silent }),
      };
    }),
  };
}
