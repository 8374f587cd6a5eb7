import type { Rate } from '../base/statistics.js';

/**
 * What a trial is for. Findings compare roles, so a new attack finds its place by its role alone.
 *
 * - `noise`: the control that needs no model
 * - `one-step`, `iterative`: follow the model's own gradient
 * - `gradient-free`: see answers only
 * - `transfer`: follow the gradient of another model, or of this one with a defence taken away
 * - `unbounded`: iterative, with the whole range of values allowed
 * - `longer`: the iterative attack with more steps
 */
export const roles = [
  'noise',
  'one-step',
  'iterative',
  'gradient-free',
  'transfer',
  'unbounded',
  'longer',
] as const;
export type Role = (typeof roles)[number];

/** Outcome of one attack on one model, as findings see it. Every trial of a model is on the same inputs, or on the first of them. */
export interface Trial {
  /** Unique within its model. */
  readonly id: string;
  /** Name of the attack; trials of one attack differ in their objective, their effort or whose gradient they follow. */
  readonly attack: string;
  readonly role: Role;
  readonly objective: string | null;
  /** Budgets in rising order, the audited epsilon among them but for `unbounded`. */
  readonly budgets: readonly number[];
  /** [budgets][inputs]: 1 where the prediction differs from the one before at this budget alone. */
  readonly fooledAt: readonly Uint8Array[];
  /** Inputs that came back bit for bit as they were, at the largest budget. */
  readonly untouched: Rate;
  /** Inputs whose gradient at the original is exactly zero; absent where none was asked for. */
  readonly zeroGradients?: Rate;
  /** Inputs not fooled at the largest budget though a point inside the ball that fools the model was on the way. */
  readonly silent?: Rate;
}

/** Everything that is known of one model. */
export interface Evidence {
  /** The bound that the verdict is about. */
  readonly epsilon: number;
  readonly classes: number;
  /** [inputs]: 1 where the model was right before any attack. */
  readonly correct: Uint8Array;
  /** True classes, [inputs]. */
  readonly labels: ArrayLike<number>;
  readonly trials: readonly Trial[];
  /** Why the model cannot be differentiated, in words; absent where it can. */
  readonly refusal?: string;
  /** Inputs whose logits differed when the model was asked twice. */
  readonly changedAnswers: Rate;
  /** Whether what the model puts out as logits look like probabilities: in [0, 1], each row of them with the sum 1. */
  readonly probabilities: boolean;
  /** Inputs that the softmax of the model gives a probability of one in single precision: their cross-entropy is flat. */
  readonly saturated: Rate;
}

/** Inputs of the trial, among which comparisons are made. */
export const inputsOf = (trial: Trial): number => trial.fooledAt[0]?.length ?? 0;

/** [inputs]: 1 where the attack fools at `epsilon` or a budget below it that was tried. */
export function fooledUpTo(trial: Trial, epsilon: number): Uint8Array {
  const all = new Uint8Array(inputsOf(trial));
  trial.budgets.forEach((budget, b) => {
    if (budget > epsilon * (1 + 1e-9)) return;
    trial.fooledAt[b]!.forEach((fooled, i) => {
      if (fooled) all[i] = 1;
    });
  });
  return all;
}
