import { ToolkitError } from '../../../core/base/errors.js';
import { mcnemar, type Standing } from '../../../core/base/statistics.js';
import { readNpz } from '../../../core/tensor/npz.js';
import type { Results } from './study-schema.js';

type Comparison = Results['comparisons'][number];

/** The fate of every input under one attack on one model: the artifact `outcomes.npz` of an attack step. */
export interface AttackOutcomes {
  readonly model: string;
  readonly attack: string;
  readonly variant: string;
  readonly objective: string;
  readonly tau: number;
  /**
   * `.npz` with `indices` [N], `smallest` [N] (position of the smallest successful
   * budget, or -1) and `budgets`.
   */
  readonly outcomes: Uint8Array;
}

/**
 * Every model with every earlier one of the list, as trained (tau = 0), input by input: for each attack,
 * objective and budget that both went through, on how many inputs only one of them was fooled (at that budget
 * or a smaller one).
 *
 * @throws ToolkitError `data-mismatch` when two models were attacked on different inputs,
 *   `corrupt-data` for damaged files
 */
export function pairedComparisons(outcomes: readonly AttackOutcomes[]): Results['comparisons'] {
  const fates = outcomes.filter((o) => o.tau === 0).map(readFate);
  return fates.flatMap((fate, i) =>
    fates
      .slice(0, i)
      .filter((o) => o.model !== fate.model && sameAttack(o, fate))
      .flatMap((reference) => compare(fate, reference)),
  );
}

/** Whether two runs are of the same attack, variant and objective. */
export const sameAttack = (a: AttackName, b: AttackName): boolean =>
  a.attack === b.attack && a.variant === b.variant && a.objective === b.objective;

export type AttackName = Pick<AttackOutcomes, 'attack' | 'variant' | 'objective'>;

interface Fate extends Omit<AttackOutcomes, 'outcomes'> {
  readonly indices: readonly number[];
  readonly smallest: readonly number[];
  readonly budgets: readonly number[];
}

function readFate({ outcomes, ...about }: AttackOutcomes): Fate {
  const source = `outcomes.npz of ${about.model}`;
  const arrays = readNpz(outcomes, { source });
  const numbers = (name: string): number[] => {
    const found = arrays.get(name);
    if (!found) throw new ToolkitError('corrupt-data', { source, reason: `it has no array named ${name}` });
    return Array.from(found.data as ArrayLike<number | bigint>, Number);
  };
  return {
    ...about,
    indices: numbers('indices'),
    smallest: numbers('smallest'),
    budgets: numbers('budgets'),
  };
}

function compare(fate: Fate, reference: Fate): Comparison[] {
  const same = fate.indices.length === reference.indices.length;
  if (!same || fate.indices.some((index, n) => index !== reference.indices[n])) {
    throw new ToolkitError('data-mismatch', {
      what: `inputs that ${fate.model} and ${reference.model} were attacked on`,
      expected: 'the same inputs in the same order',
      received: 'different ones',
    });
  }
  const { model, attack, variant, objective, tau } = fate;
  return fate.budgets.flatMap((budget, b) => {
    const other = reference.budgets.indexOf(budget);
    if (other === -1) return [];
    const counts = { onlyModel: 0, onlyReference: 0, both: 0, neither: 0 };
    fate.smallest.forEach((first, n) => {
      const mine = fooled(first, b);
      const theirs = fooled(reference.smallest[n]!, other);
      counts[mine ? (theirs ? 'both' : 'onlyModel') : theirs ? 'onlyReference' : 'neither'] += 1;
    });
    return [{ model, reference: reference.model, attack, variant, objective, tau, budget, ...counts }];
  });
}

const fooled = (smallest: number, budget: number): boolean => smallest !== -1 && smallest <= budget;

/** A point is called clear below this p value of the exact McNemar test. */
export const SIGNIFICANT = 0.05;

/**
 * How often an attack fools one model compared with another, as trained, on the same inputs: clearly less
 * often, clearly more often, or not resolved. Undefined when they were not compared.
 */
export function pairedStanding(
  { comparisons }: Pick<Results, 'comparisons'>,
  model: string,
  reference: string,
  at: AttackName & { readonly budget: number },
): Standing | undefined {
  const found = comparisons.find(
    (c) =>
      sameAttack(c, at) &&
      c.tau === 0 &&
      c.budget === at.budget &&
      ((c.model === model && c.reference === reference) || (c.model === reference && c.reference === model)),
  );
  if (!found) return undefined;
  if (mcnemar(found.onlyModel, found.onlyReference) >= SIGNIFICANT) return 'unclear';
  return found.onlyModel > found.onlyReference === (found.model === model) ? 'higher' : 'lower';
}
