import { ToolkitError } from '../base/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Bounds } from './harness/bounds.js';
import type { Norm } from './harness/norms.js';

type Floats = Tensor<'float32'>;

/** What an attacker may do and what counts as success: a value, stated once and handed to every attack. */
export interface ThreatModel {
  readonly norm: Norm;
  /** Sizes of the perturbation in the norm, rising. */
  readonly budgets: readonly number[];
  readonly bounds: Bounds;
  /** Steps between the bounds that a judged input is rounded to, 255 for 8 bits; undefined: exact. */
  readonly rounding?: number;
  readonly criterion: Criterion;
}

/** What is known of the inputs of one batch before the attack. */
export interface Situation {
  /** Predictions of the attacked model, [N]. */
  readonly clean: Int32Array;
  /** True classes, [N]. */
  readonly labels: Int32Array;
  /** Position of the first input in the sweep. */
  readonly first: number;
}

/** When an attack on one of the inputs has succeeded. */
export interface Criterion {
  readonly name: CriterionName;
  readonly title: string;
  /** Whether success is told by the prediction of the attacked model, given what is known of the input. */
  isReached(prediction: number, row: number, situation: Situation): boolean;
  /** Class that every attack moves away from, [N]; undefined: the prediction before the attack. */
  away?(situation: Pick<Situation, 'labels'>): Int32Array;
  /** Class that every attack leads to, for `count` inputs from `first` on; undefined: any other class. */
  towards?(first: number, count: number): Int32Array;
  /** Another model that has to keep its own prediction. */
  readonly reference?: ReferenceModel;
}

/** All that is asked of a reference model. */
export interface ReferenceModel {
  readonly classes: number;
  predict(images: Floats): Promise<Int32Array>;
}

/** The predicted class changes, `O(X*) != O(X)` (Liu et al., Algorithm 1). Inputs that were wrong already are attacked too. */
export const predictionChanges: Criterion = {
  name: 'prediction-changes',
  title: 'the predicted class changes',
  isReached: (prediction, row, { clean }) => prediction !== clean[row],
};

/**
 * The predicted class is not the true one, as Foolbox and RobustBench count. An input that is wrong already counts as success
 * at every budget, without any perturbation.
 */
export const misclassified: Criterion = {
  name: 'misclassified',
  title: 'the predicted class is not the true one',
  isReached: (prediction, row, { labels }) => prediction !== labels[row],
  away: ({ labels }) => labels,
};

/**
 * The predicted class is a chosen one. An input that is of that class already counts as success without any perturbation.
 *
 * @param classes one class for all inputs, or one for each input of the sweep
 */
export const targeted = (classes: number | ArrayLike<number>): Criterion => {
  const at = (input: number) => (typeof classes === 'number' ? classes : (classes[input] ?? -1));
  return {
    name: 'targeted',
    title:
      typeof classes === 'number'
        ? `the predicted class is ${classes}`
        : 'the predicted class is the chosen one',
    isReached: (prediction, row, { first }) => prediction === at(first + row),
    towards: (first, count) => Int32Array.from({ length: count }, (_, row) => at(first + row)),
  };
};

/**
 * The predicted class of the attacked model changes while a reference model keeps its own (the evasive attacks of Hao et al.
 * 2022, "A Tale of Two Models", DIVA): a deployed, compressed model is fooled and a check by its parent notices nothing.
 */
export const differsFrom = (reference: ReferenceModel): Criterion => ({
  ...predictionChanges,
  name: 'differs-from',
  title: 'the predicted class changes and the reference model keeps its own',
  reference,
});

/** How to make each criterion, by name. A new one is one entry here. */
export const criteria = {
  'prediction-changes': () => predictionChanges,
  misclassified: () => misclassified,
  targeted,
  'differs-from': differsFrom,
} as const satisfies Readonly<Record<CriterionName, (...given: never[]) => Criterion>>;

export type CriterionName = 'prediction-changes' | 'misclassified' | 'targeted' | 'differs-from';

/** @throws ToolkitError `bad-value` for classes that the model does not have, `data-mismatch` for another number of classes */
export function checkCriterion(criterion: Criterion, classes: number, inputs: number): void {
  const wrong = criterion.towards?.(0, inputs).find((k) => !(k >= 0 && k < classes));
  if (wrong !== undefined) {
    const expected = `a class from 0 to ${classes - 1} for each of ${inputs} inputs`;
    throw new ToolkitError('bad-value', { what: 'target class', expected, received: String(wrong) });
  }
  if (criterion.reference && criterion.reference.classes !== classes) {
    throw new ToolkitError('data-mismatch', {
      what: 'reference model',
      expected: `${classes} classes`,
      received: `${criterion.reference.classes} classes`,
    });
  }
}
