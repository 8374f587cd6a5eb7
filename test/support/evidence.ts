import { rate } from '../../src/core/base/statistics.js';
import { AUDIT_RULE } from '../../src/core/evaluation/evaluation-rule.js';
import type { Evidence, Role, Trial } from '../../src/core/evaluation/evidence.js';

export const INPUTS = 100;
export const EPSILON = 0.1;

/** [inputs]: 1 for `count` inputs from `start` on. */
export const hits = (count: number, inputs = INPUTS, start = 0): Uint8Array =>
  Uint8Array.from({ length: inputs }, (_, i) => Number(i >= start && i < start + count));

/** A trial at epsilon that fools so many inputs, the first ones, or exactly these. */
export function trialOf(
  role: Role,
  name: string,
  fooled: number | Uint8Array,
  { inputs = INPUTS, ...more }: Partial<Trial> & { readonly inputs?: number } = {},
): Trial {
  const [attack = '', objective = null] = name.split(' ');
  const flags = typeof fooled === 'number' ? hits(fooled, inputs) : fooled;
  return {
    ...{ id: name, attack, role, objective, budgets: [EPSILON], fooledAt: [flags] },
    untouched: rate(0, flags.length),
    ...more,
  };
}

/** What is known of a model of ten classes that is right on all inputs. */
export function evidenceOf(
  trials: readonly Trial[],
  { inputs = INPUTS, ...more }: Partial<Evidence> & { readonly inputs?: number } = {},
): Evidence {
  return {
    rule: AUDIT_RULE,
    ...{ epsilon: EPSILON, classes: 10, correct: hits(inputs, inputs), trials, probabilities: false },
    labels: Array.from({ length: inputs }, (_, i) => i % 10),
    changedAnswers: rate(0, inputs),
    saturated: rate(0, inputs),
    ...more,
  };
}

const none = rate(0, INPUTS);

/** An evaluation in which everything is as it should be; half of the inputs withstand. */
export const healthyTrials: readonly Trial[] = [
  trialOf('noise', 'noise', 2),
  trialOf('one-step', 'fgsm cross-entropy', 30, { zeroGradients: none }),
  trialOf('one-step', 'fgsm cross-entropy-clipped', 29, { zeroGradients: none }),
  trialOf('one-step', 'fgsm margin', 31, { zeroGradients: none }),
  trialOf('iterative', 'pgd cross-entropy', 48, { silent: none }),
  trialOf('iterative', 'pgd margin', 50, { silent: none }),
  trialOf('iterative', 'apgd cross-entropy', 49, {
    silent: none,
    budgets: [EPSILON / 2, EPSILON, 2 * EPSILON],
    fooledAt: [hits(20), hits(49), hits(90)],
  }),
  trialOf('gradient-free', 'square', 47),
  trialOf('transfer', 'apgd cross-entropy', 20, { id: 'apgd cross-entropy from other' }),
  trialOf('unbounded', 'pgd cross-entropy', 100, { id: 'pgd cross-entropy, unbounded', budgets: [1] }),
  trialOf('longer', 'apgd cross-entropy', 50, { id: 'apgd cross-entropy, 200 steps' }),
];

/** The healthy evaluation, with other trials in place of those of the same ids. */
export const insteadOf = (...others: readonly Trial[]): Trial[] =>
  healthyTrials.map((trial) => others.find(({ id }) => id === trial.id) ?? trial);
