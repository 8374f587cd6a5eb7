import { ToolkitError } from '../base/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { OWN_PREDICTION, RUNNER_UP } from './gradient-graph.js';
import type { Objective } from './objectives/objective.js';

/** The model that is asked: how messages name it, and its classes. */
interface Asked {
  readonly source: string;
  readonly classes: number;
}

/**
 * A label that is no class has a loss and a gradient of zero, which would look like robustness.
 * @throws ToolkitError `data-mismatch` for labels that are not `count` classes of the model
 *   (or -1, its own prediction)
 */
export function checkLabels({ source, classes }: Asked, labels: ArrayLike<number>, count: number): void {
  const isClass = (label: number) => label >= 0 && label < classes && Number.isInteger(label);
  const wrong = Array.from(labels).find((label) => label !== OWN_PREDICTION && !isClass(label));
  if (labels.length === count && wrong === undefined) return;
  throw new ToolkitError('data-mismatch', {
    what: source,
    expected: `${count} labels from 0 to ${classes - 1}`,
    received: wrong === undefined ? `${labels.length} labels` : `the label ${wrong}`,
  });
}

/**
 * A target that is the label itself has a loss and a gradient of zero; one that the objective has no use for
 * would change nothing.
 * @throws ToolkitError `data-mismatch` for targets that are not `count` classes besides the labels (or -1,
 *   the most likely one)
 */
export function checkTargets(
  { source, classes }: Asked,
  { targeted, name }: Objective,
  targets: ArrayLike<number>,
  labels: ArrayLike<number> | undefined,
  count: number,
): void {
  const what = `targets of ${source}`;
  if (!targeted) {
    throw new ToolkitError('data-mismatch', {
      what,
      expected: `none for ${name}`,
      received: `${targets.length} targets`,
    });
  }
  const isOther = (target: number, n: number) =>
    target >= 0 && target < classes && Number.isInteger(target) && target !== labels?.[n];
  const wrong = Array.from(targets).find((target, n) => target !== RUNNER_UP && !isOther(target, n));
  if (targets.length === count && wrong === undefined) return;
  throw new ToolkitError('data-mismatch', {
    what,
    expected: `${count} classes from 0 to ${classes - 1}, none of them the label`,
    received: wrong === undefined ? `${targets.length} targets` : `the target ${wrong}`,
  });
}

/**
 * A cotangent with other rows than the images, or with the classes in another order of dimensions, would be
 * cut into batches without a word and weigh the wrong derivatives.
 * @throws ToolkitError `data-mismatch` for anything but [count, classes]
 */
export function checkCotangent(
  { source, classes }: Asked,
  { dims, data }: Tensor<'float32'>,
  count: number,
): void {
  if (dims.length === 2 && dims[0] === count && dims[1] === classes && data.length === count * classes)
    return;
  throw new ToolkitError('data-mismatch', {
    what: `cotangent of ${source}`,
    expected: `[${count}, ${classes}]`,
    received: `[${dims.join(', ')}]${data.length === count * classes ? '' : ` with ${data.length} values`}`,
  });
}
