import type { Rate } from '../base/statistics.js';
import type { BatchUse } from '../models/model-under-test.js';
import type { EvaluationRule } from './evaluation-rule.js';
import type { Probes } from './probes/index.js';

/**
 * What a trial is for. Findings compare roles, so a new attack finds its place by its role alone.
 *
 * - `noise`: the control that needs no model
 * - `one-step`, `iterative`: follow the model's own gradient
 * - `gradient-free`: see answers only
 * - `averaged`: follow the model's own gradient, averaged over noise
 * - `substitute`: follow the gradient of a network that was trained on the model's answers
 * - `transfer`: follow the gradient of another model, or of this one with a defence taken away
 * - `unbounded`: iterative, with the whole range of values allowed
 * - `longer`: the iterative attack with more steps
 */
export const roles = [
  'noise',
  'one-step',
  'iterative',
  'averaged',
  'gradient-free',
  'substitute',
  'transfer',
  'unbounded',
  'longer',
] as const;
export type Role = (typeof roles)[number];

/** For each budget, [inputs]: 1 where the prediction differs from the one before at this budget alone. */
export type FooledAt = readonly Uint8Array[];

/**
 * Outcome of one attack on one model, as findings see it. Every trial of a model is on the same inputs, or on
 * the first of them.
 */
export interface Trial {
  /** Unique within its model. */
  readonly id: string;
  /**
   * Name of the attack; trials of one attack differ in their objective, their effort or whose gradient they
   * follow.
   */
  readonly attack: string;
  readonly role: Role;
  readonly objective: string | null;
  /** Budgets in rising order, the audited epsilon among them but for `unbounded`. */
  readonly budgets: readonly number[];
  readonly fooledAt: FooledAt;
  /**
   * The same attack on the same inputs of the model without its defence; absent where that was not measured.
   */
  readonly undefended?: FooledAt;
  /**
   * Inputs that came back bit for bit as they were, at the largest budget; absent where that was not counted.
   */
  readonly untouched?: Rate;
  /** Inputs whose gradient at the original is exactly zero; absent where none was asked for. */
  readonly zeroGradients?: Rate;
  /**
   * Inputs not fooled at the largest budget though a point inside the ball that fools the model was on the
   * way.
   */
  readonly silent?: Rate;
  /** Whether the attack saw the model through a grid of values, as files hold them. */
  readonly rounded?: boolean;
  /**
   * Inputs fooled by the second form of candidates alone: by their rounded form, or, where `rounded`, by the
   * exact one.
   */
  readonly otherForm?: Rate;
}

/** Everything that is known of one model. */
export interface Evidence {
  /** How its rates are counted and compared. */
  readonly rule: EvaluationRule;
  /** The bound that the verdict is about. */
  readonly epsilon: number;
  readonly classes: number;
  /** [inputs], 1 where the model was right before any attack. */
  readonly correct: Uint8Array;
  /** True classes, [inputs]. */
  readonly labels: ArrayLike<number>;
  readonly trials: readonly Trial[];
  /** Ids of trials that were planned and that there was no time for; absent where there are none. */
  readonly unfinished?: readonly string[];
  /** Of what findings compare; `findingsOf` fills it in. */
  readonly pairs?: PairFamily;
  /** Id of the trial that a claim about a defence rests on; absent where no such claim is examined. */
  readonly claim?: string;
  /** Why the model cannot be differentiated, in words; absent where it can. */
  readonly refusal?: string;
  /** Inputs whose logits differed when the model was asked twice; absent where it was not. */
  readonly changedAnswers?: Rate;
  /** Inputs whose outputs were no numbers, before any attack and only under some attack. */
  readonly noClass?: { readonly clean: Rate; readonly attacked: Rate };
  /**
   * Input formats that the images do not tell from the one that was guessed; absent where the format was
   * stated, or there is none. `budgetRatio`: how many times larger a change of an image is for the model
   * there.
   */
  readonly tied?: readonly {
    readonly description: string;
    readonly accuracy: Rate;
    readonly budgetRatio: number;
  }[];
  /** What became of answers in other batches; absent where that was not tried. */
  readonly batch?: BatchUse;
  /** What was asked of the model before any attack; absent where it was not. */
  readonly probes?: Probes;
  /**
   * Whether what the model puts out as logits look like probabilities: in [0, 1], each row of them with the
   * sum 1.
   */
  readonly probabilities?: boolean;
  /**
   * Inputs that the softmax of the model gives a probability of one in single precision: their cross-entropy
   * is flat.
   */
  readonly saturated?: Rate;
}

/** Pairs of trials that findings compare, and what that means for the level of a single one. */
export interface PairFamily {
  /** P value below which a pair differs; default `SIGNIFICANCE`, as of a single pair. */
  readonly level?: number;
  /** Hears of every pair that is compared. */
  readonly onPair?: (pair: string, p: number) => void;
}

/** Inputs of the trial, among which comparisons are made. */
export const inputsOf = (trial: Trial): number => trial.fooledAt[0]?.length ?? 0;

/** [inputs], 1 where the attack fools at `epsilon` or a budget below it that was tried. */
export const fooledUpTo = (trial: Trial, epsilon: number): Uint8Array =>
  fooledWithin(trial.budgets, trial.fooledAt, epsilon);

/** The same on the model without its defence; undefined where that was not measured. */
export const fooledUndefended = (trial: Trial, epsilon: number): Uint8Array | undefined =>
  trial.undefended && fooledWithin(trial.budgets, trial.undefended, epsilon);

/** Budgets come out of multiplications, so that equal ones may differ in their last bits. */
const SAME_BUDGET = 1 + 1e-9;

function fooledWithin(budgets: readonly number[], fooledAt: FooledAt, epsilon: number): Uint8Array {
  const all = new Uint8Array(fooledAt[0]?.length ?? 0);
  fooledAt.forEach((flags, b) => {
    if ((budgets[b] ?? Number.POSITIVE_INFINITY) > epsilon * SAME_BUDGET) return;
    for (let i = 0; i < flags.length; i++) if (flags[i]) all[i] = 1;
  });
  return all;
}
