import {
  comparePaired,
  type PairedCounts,
  pairedCounts,
  type Standing,
} from '../../../core/base/statistics.js';
import { type AttackName, checkSameInputs, type DecodedOutcomes, sameAttack } from './attack-outcomes.js';
import type { Results } from './study-schema.js';

export { type AttackName, sameAttack } from './attack-outcomes.js';

type Comparison = Results['comparisons'][number];

/**
 * Every model with every earlier one of the list, as trained (tau = 0), input by input: for each attack,
 * objective and budget that both went through, on how many inputs only one of them was fooled (at that budget
 * or a smaller one).
 *
 * @throws ToolkitError `data-mismatch` when two models were attacked on different inputs
 */
export function pairedComparisons(runs: readonly DecodedOutcomes[]): Results['comparisons'] {
  const asTrained = runs.filter((run) => run.tau === 0);
  return asTrained.flatMap((run, i) =>
    asTrained
      .slice(0, i)
      .filter((other) => other.model !== run.model && sameAttack(other, run))
      .flatMap((reference) => compare(run, reference)),
  );
}

function compare(run: DecodedOutcomes, reference: DecodedOutcomes): Comparison[] {
  checkSameInputs(run, reference);
  const { model, attack, variant, objective, tau } = run;
  const [own, other] = [run.smallest(), reference.smallest()];
  return run.budgets.flatMap((budget, b) => {
    const at = reference.budgets.indexOf(budget);
    if (at === -1) return [];
    const { onlyA, onlyB, both, neither } = pairedCounts(own.map(fooledBy(b)), other.map(fooledBy(at)));
    const counts = { onlyModel: onlyA, onlyReference: onlyB, both, neither };
    return [{ model, reference: reference.model, attack, variant, objective, tau, budget, ...counts }];
  });
}

const fooledBy =
  (budget: number) =>
  (smallest: number): boolean =>
    smallest !== -1 && smallest <= budget;

/**
 * How often an attack fools one model compared with another, as trained, on the same inputs: clearly less
 * often, clearly more often, or not resolved. Undefined when they were not compared.
 */
export function pairedStanding(
  results: Pick<Results, 'comparisons'>,
  model: string,
  reference: string,
  at: AttackName & { readonly budget: number },
): Standing | undefined {
  const found = pairedFooled(results, model, reference, at);
  return found && comparePaired(found);
}

/** On how many inputs an attack fools the first model alone, and the second; undefined when not compared. */
export function pairedFooled(
  { comparisons }: Pick<Results, 'comparisons'>,
  model: string,
  reference: string,
  at: AttackName & { readonly budget: number },
): Pick<PairedCounts, 'onlyA' | 'onlyB'> | undefined {
  const found = comparisons.find(
    (c) =>
      sameAttack(c, at) &&
      c.tau === 0 &&
      c.budget === at.budget &&
      ((c.model === model && c.reference === reference) || (c.model === reference && c.reference === model)),
  );
  if (!found) return undefined;
  const [own, other] = [found.onlyModel, found.onlyReference];
  return found.model === model ? { onlyA: own, onlyB: other } : { onlyA: other, onlyB: own };
}
