import {
  type Criterion,
  criteria,
  differsFrom,
  misclassified,
  predictionChanges,
  type ReferenceModel,
  targeted,
} from '../../../core/attacks/index.js';
import { ToolkitError } from '../../../core/base/errors.js';
import { nameIn } from '../../../core/base/names.js';
import { readParameters, splitName } from '../../../core/base/parameter-text.js';
import { integer } from '../../../core/base/parameters.js';
import type { ModelChoice } from '../../subject/prepare-all.js';

/**
 * What counts as success: a criterion, or its text: `prediction-changes`, `misclassified`, `targeted:3` (a
 * class in the order of the data), `differs-from:parent.onnx` (the path of an ONNX classifier).
 */
export type CriterionChoice = string | Criterion;

/** A criterion whose reference model may still have to be prepared. */
export interface CriterionPlan {
  /** As reports say it. */
  readonly text: string;
  /** The model that has to keep its prediction, where one is named. */
  readonly reference?: ModelChoice;
  make(reference: ReferenceModel | undefined): Criterion;
}

/** Classes that a model of this toolkit may have; whether this one has it is known later. */
const classParameter = integer({
  help: 'class to reach',
  unit: 'class',
  default: 0,
  minimum: 0,
  maximum: 1_000_000,
  source: 'none',
});

/** @throws ToolkitError `unknown-name`, `bad-value` */
export function planCriterion(choice: CriterionChoice | undefined): CriterionPlan {
  if (choice === undefined) return fixed(predictionChanges, predictionChanges.name);
  if (typeof choice === 'object') return fixed(choice, choice.name);
  const named = splitName(choice);
  const name = nameIn(criteria, named.name, 'criterion');
  if (name === 'differs-from') {
    if (!named.rest) throw missing(name, 'the path of a reference model', 'parent.onnx', choice);
    return {
      text: `${name}:${named.rest}`,
      reference: named.rest,
      make(reference) {
        if (reference) return differsFrom(reference);
        throw new RangeError('the reference model was not prepared');
      },
    };
  }
  if (name === 'targeted') {
    if (!named.rest) throw missing(name, 'the number of a class', '3', choice);
    const { values } = readParameters(named, { class: classParameter });
    return fixed(targeted(values.class), `${name}:${values.class}`);
  }
  readParameters(named, {});
  return fixed({ 'prediction-changes': predictionChanges, misclassified }[name], name);
}

const fixed = (criterion: Criterion, text: string): CriterionPlan => ({ text, make: () => criterion });

const missing = (name: string, what: string, sample: string, received: string) =>
  new ToolkitError('bad-value', {
    what: 'criterion',
    expected: `${what}, such as ${name}:${sample}`,
    received: `"${received}"`,
    option: 'criterion',
  });
