import { ToolkitError } from '../../../core/base/errors.js';
import { readNpz } from '../../../core/tensor/npz.js';

/** Which attack: its name, and what tells its runs apart. */
export interface AttackName {
  readonly attack: string;
  readonly variant: string;
  readonly objective: string;
}

/** Whether two runs are of the same attack, variant and objective. */
export const sameAttack = (a: AttackName, b: AttackName): boolean =>
  a.attack === b.attack && a.variant === b.variant && a.objective === b.objective;

/**
 * The outcome of every input under one attack on one model: the artifact `outcomes.npz` of an attack step.
 */
export interface AttackOutcomes extends AttackName {
  readonly model: string;
  readonly tau: number;
  /** `.npz` as `outcomeArrays` describes it. */
  readonly outcomes: Uint8Array;
}

/** The same, decoded as it is needed. */
export interface DecodedOutcomes extends Omit<AttackOutcomes, 'outcomes'> {
  /** Positions of the inputs in the test set, [N]. */
  readonly indices: readonly number[];
  /** Rising. */
  readonly budgets: readonly number[];
  /** True classes, [N]. */
  labels(): readonly number[];
  /** [N]: 1 where the model was right before the attack. */
  correct(): Uint8Array;
  /** [N]: 1 where the prediction at this budget alone differs from the one before the attack. */
  fooledAt(budget: number): Uint8Array;
  /** Position of the smallest budget that fooled the model, or -1, [N]. */
  smallest(): readonly number[];
}

/** @throws ToolkitError `corrupt-data` */
export function decodeOutcomes({ outcomes, ...about }: AttackOutcomes): DecodedOutcomes {
  const source = `outcomes.npz of ${about.model}`;
  const arrays = readNpz(outcomes, { source });
  const known = new Map<string, readonly number[]>();
  const numbers = (name: string): readonly number[] => {
    const found = arrays.get(name);
    if (!found) throw new ToolkitError('corrupt-data', { source, reason: `it has no array named ${name}` });
    const values = known.get(name) ?? Array.from<number | bigint, number>(found.data, Number);
    known.set(name, values);
    return values;
  };
  const indices = numbers('indices');
  const budgets = numbers('budgets');
  return {
    ...about,
    indices,
    budgets,
    labels: () => numbers('labels'),
    correct() {
      const labels = numbers('labels');
      return Uint8Array.from(numbers('clean'), (prediction, n) => Number(prediction === labels[n]));
    },
    fooledAt(budget) {
      const start = budgets.indexOf(budget) * indices.length;
      const predictions = numbers('predictions');
      return Uint8Array.from(numbers('clean'), (before, n) => Number(predictions[start + n] !== before));
    },
    smallest: () => numbers('smallest'),
  };
}

/**
 * @throws ToolkitError `data-mismatch` when two runs attacked different inputs: nothing could be compared
 *   input by input
 */
export function checkSameInputs(a: DecodedOutcomes, b: DecodedOutcomes): void {
  const same = a.indices.length === b.indices.length;
  if (same && a.indices.every((index, n) => index === b.indices[n])) return;
  throw new ToolkitError('data-mismatch', {
    what: `inputs that ${a.model} and ${b.model} were attacked on`,
    expected: 'the same inputs in the same order',
    received: 'different ones',
  });
}
