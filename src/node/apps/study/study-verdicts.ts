import { defenceVerdict, hasFallen } from '../../../core/evaluation/defence-verdict.js';
import type { Rate, Results } from './study-schema.js';

type Attack = Results['attacks'][number];

/** Evaluations of J that the paper's protocol may have followed; every other attack is a check on it. */
const PROTOCOLS = ['cross-entropy', 'cross-entropy-clipped'];
const TRANSFER = 'transfer';

/**
 * For each model, evaluation of J and tau above 0: whether gradient inhibition made the model robust
 * or masked its gradient. Beside the paper's protocol stand the other objectives and the transfer from
 * the model without inhibition, on the same inputs and at the same epsilon; each beside its own
 * success without inhibition.
 */
export function verdictsOf(attacks: readonly Attack[]): Results['verdicts'] {
  const fgsm = attacks.filter((a) => a.attack === 'fgsm');
  return fgsm.flatMap((own) => {
    const { variant, objective, tau } = own;
    if (tau === 0 || variant !== '' || !PROTOCOLS.includes(objective)) return [];
    return own.points.flatMap(({ budget }) => verdictAt(fgsm, own, budget));
  });
}

function verdictAt(fgsm: readonly Attack[], own: Attack, budget: number): Results['verdicts'] {
  const { model, objective, tau } = own;
  // This epsilon alone: with inhibition fewer were tried, and Algorithm 1's count would hold that against it.
  const at = (a: Attack | undefined): Rate | undefined =>
    a?.points.find((p) => p.budget === budget)?.successAtBudget;
  const same = fgsm.filter((a) => a.model === model);
  // Without inhibition the transfer is the attack itself.
  const asTrained = (o: string) => at(same.find((a) => a.tau === 0 && a.variant === '' && a.objective === o));
  const [before, after] = [asTrained(objective), at(own)];
  if (!before || !after) return [];
  const others = same.flatMap((a) => {
    const [was, is] = [asTrained(a.objective), at(a)];
    const check =
      a.tau === tau && (a.variant === TRANSFER || (a.variant === '' && a.objective !== objective));
    return check && was && is ? [{ variant: a.variant, objective: a.objective, before: was, after: is }] : [];
  });
  const { verdict, strongest } = defenceVerdict({ before, after }, others);
  const fell = hasFallen({ before, after });
  return [
    {
      model,
      objective,
      tau,
      budget,
      before,
      after,
      fell,
      others,
      verdict,
      strongest: strongest < 0 ? null : strongest,
    },
  ];
}
