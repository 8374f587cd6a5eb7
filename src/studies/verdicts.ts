import { defenceVerdict } from '../analysis/masking.js';
import type { Rate, Results } from './results.js';

type Attack = Results['attacks'][number];

/** Evaluations of J that the paper's protocol may have followed; every other attack is a check on it. */
const PROTOCOLS = ['cross-entropy', 'cross-entropy-clipped'];
const TRANSFER = 'transfer';

/**
 * For each model, evaluation of J and tau above 0: whether gradient inhibition made the model robust or masked its
 * gradient. Beside the paper's protocol stand the other objectives and the transfer from the model without inhibition, on
 * the same inputs and at the same, the largest, epsilon.
 */
export function verdictsOf(attacks: readonly Attack[]): Results['verdicts'] {
  const fgsm = attacks.filter((a) => a.attack === 'fgsm');
  return fgsm.flatMap((own) => {
    const { model, objective, tau } = own;
    if (tau === 0 || own.variant !== '' || !PROTOCOLS.includes(objective)) return [];
    const budget = own.points.at(-1)?.budget;
    // This epsilon alone: with inhibition no smaller one was tried, and Algorithm 1's count would hold that against it.
    const at = (a: Attack | undefined): Rate | undefined => a?.points.find((p) => p.budget === budget)?.successAtBudget;
    const same = fgsm.filter((a) => a.model === model);
    const before = at(same.find((a) => a.tau === 0 && a.variant === '' && a.objective === objective));
    const after = at(own);
    if (budget === undefined || !before || !after) return [];
    const others = same.flatMap((a) => {
      const success = at(a);
      const check = a.tau === tau && (a.variant === TRANSFER || (a.variant === '' && a.objective !== objective));
      return check && success ? [{ variant: a.variant, objective: a.objective, success }] : [];
    });
    const { verdict, strongest } = defenceVerdict({ before, after, others: others.map((o) => o.success) });
    return [
      { model, objective, tau, budget, before, after, others, verdict, strongest: strongest < 0 ? null : strongest },
    ];
  });
}
