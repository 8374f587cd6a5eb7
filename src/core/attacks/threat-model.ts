import { ToolkitError } from '../base/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { type Bounds, isUniform, limitsOf } from './harness/bounds.js';
import type { Norm } from './harness/norms.js';

type Floats = Tensor<'float32'>;

/** What an attacker may do and what counts as success: a value, stated once and handed to every attack. */
export interface ThreatModel {
  readonly norm: Norm;
  /** Sizes of the perturbation in the norm, rising. */
  readonly budgets: readonly number[];
  /** Smallest and largest values of the input elements, inside those that the attacked model takes. */
  readonly bounds: Bounds;
  /**
   * Steps between the bounds of the attacked model that judged inputs are rounded to, 255 for files of 8
   * bits; undefined: candidates are judged as they are.
   */
  readonly rounding?: number;
  readonly criterion: Criterion;
}

/**
 * When an attack on an input has succeeded: the prediction is the class that `towards` names, or,
 * where it names none, is no longer the class to leave. A reference model, where there is one, has to
 * keep its own prediction.
 */
export interface Criterion {
  readonly name: CriterionName;
  readonly title: string;
  /** The class to leave: the prediction before the attack, or the true class. */
  readonly leaves: 'prediction' | 'label';
  /** Class to reach for `count` inputs from number `first` on; undefined: any but the one to leave. */
  towards?(first: number, count: number): Int32Array;
  readonly reference?: ReferenceModel;
}

/** All that is asked of a reference model: its classes and the logits [N, classes] of images [N, ...dims]. */
export interface ReferenceModel {
  readonly classes: number;
  /** Logits [N, classes] of images [N, ...dims]. */
  logits(images: Floats): Promise<Floats>;
}

/**
 * The predicted class changes, `O(X*) != O(X)` (Liu et al., Algorithm 1). Wrong predictions are attacked too.
 */
export const predictionChanges: Criterion = {
  name: 'prediction-changes',
  title: 'the predicted class changes',
  leaves: 'prediction',
};

/**
 * The predicted class is not the true one, as Foolbox and RobustBench count. An input that is wrong already
 * counts as success at every budget, budget zero included, without any perturbation.
 */
export const misclassified: Criterion = {
  name: 'misclassified',
  title: 'the predicted class is not the true one',
  leaves: 'label',
};

/**
 * The predicted class is a chosen one. An input that is of that class already counts as success without any
 * perturbation.
 *
 * @param classes one class for all inputs, or one for each, by the number of the input (see
 *   `SweepOptions.firstInput`)
 */
export function targeted(classes: number | ArrayLike<number>): Criterion {
  const classOf = (input: number) => {
    const wanted = typeof classes === 'number' ? classes : classes[input];
    // Typed arrays would make a class of it.
    return wanted !== undefined && Number.isInteger(wanted) ? wanted : -1;
  };
  const which = typeof classes === 'number' ? String(classes) : 'the one chosen for the input';
  return {
    name: 'targeted',
    title: `the predicted class is ${which}`,
    leaves: 'prediction',
    towards: (first, count) => Int32Array.from({ length: count }, (_, row) => classOf(first + row)),
  };
}

/**
 * The predicted class changes while a reference model predicts the class that it predicts for the
 * original (the evasive attacks of Hao et al. 2022, "A Tale of Two Models: Constructing Evasive
 * Attacks on Edge Models", DIVA): the deployed model is fooled, and a check by the model that it was
 * made from notices nothing.
 */
export const differsFrom = (reference: ReferenceModel): Criterion => ({
  name: 'differs-from',
  title: 'the predicted class changes and the reference model keeps its own',
  leaves: 'prediction',
  reference,
});

interface CriterionEntry {
  /** One line: when an attack has succeeded. */
  readonly help: string;
  /** What is written behind the name, where something is: `targeted:3`. */
  readonly of?: 'class' | 'model';
  make(...given: never[]): Criterion;
}

/** Every criterion by name. A new one is one entry here. */
export const criteria = {
  'prediction-changes': { help: 'the predicted class changes', make: () => predictionChanges },
  misclassified: {
    help: 'the predicted class is not the true one; images that are wrong already count at every budget',
    make: () => misclassified,
  },
  targeted: { help: 'the predicted class is this one', of: 'class', make: targeted },
  'differs-from': {
    help: 'the predicted class changes, and this other model keeps its own prediction',
    of: 'model',
    make: differsFrom,
  },
} as const satisfies Readonly<Record<string, CriterionEntry>>;

/** The name of a criterion of success. */
export type CriterionName = keyof typeof criteria;

/** What the parts of a threat model have to fit: the attacked model, an attack and a number of inputs. */
interface Attacked {
  readonly attack: { readonly name: string; readonly norm: Norm };
  readonly classifier: {
    readonly classes: number;
    readonly bounds: Bounds;
    readonly shape: { readonly dims: readonly number[] };
  };
  /** Number of the first input, and how many there are. */
  readonly first: number;
  readonly count: number;
}

/**
 * @throws ToolkitError `data-mismatch` for another norm than the attack's, bounds of another shape or
 * outside those of the model, a reference model of other classes; `bad-value` for classes to reach
 * that the model does not have
 */
export function checkThreatModel(
  { norm, bounds, criterion }: Partial<ThreatModel>,
  { attack, classifier, first, count }: Attacked,
): void {
  const { classes, shape } = classifier;
  if (norm !== undefined && norm !== attack.norm)
    refuse(`norm of the attack ${attack.name}`, norm, attack.norm);
  if (bounds) checkBounds(bounds, classifier.bounds, shape.dims);
  const wrong = criterion?.towards?.(first, count).find((k) => !(k >= 0 && k < classes));
  if (wrong !== undefined) {
    const expected = `a class from 0 to ${classes - 1} for each of ${count} inputs`;
    throw new ToolkitError('bad-value', { what: 'class to reach', expected, received: String(wrong) });
  }
  const { reference } = criterion ?? {};
  if (reference && reference.classes !== classes)
    refuse('reference model', `${classes} classes`, `${reference.classes} classes`);
}

function checkBounds(bounds: Bounds, own: Bounds, dims: readonly number[]): void {
  for (const limit of bounds) {
    if (typeof limit !== 'number' && String(limit.dims) !== String(dims))
      refuse('bounds of input elements', `numbers or tensors of [${dims}]`, `a tensor of [${limit.dims}]`);
  }
  const width = dims.reduce((product, dim) => product * dim, 1);
  const [{ low, high }, widest] = [limitsOf(bounds, width), limitsOf(own, width)];
  const at = low.findIndex((least, i) => {
    const [most, floor, ceiling] = [high[i] ?? Number.NaN, widest.low[i] ?? 0, widest.high[i] ?? 0];
    return !(least >= floor && most <= ceiling && least <= most);
  });
  if (at < 0) return;
  const range = isUniform(own)
    ? `from ${own[0]} to ${own[1]}`
    : `from ${widest.low[at]} to ${widest.high[at]}`;
  refuse('bounds of input elements', `a lower and an upper one ${range}`, `${low[at]} and ${high[at]}`);
}

function refuse(what: string, expected: string, received: string): never {
  throw new ToolkitError('data-mismatch', { what, expected, received });
}
