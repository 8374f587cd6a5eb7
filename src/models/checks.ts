import { ToolkitError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { OWN_PREDICTION } from './gradient-graph.js';

/** The model that is asked: how messages name it, and its classes. */
interface Asked {
  readonly source: string;
  readonly classes: number;
}

/**
 * A label that is no class has a loss and a gradient of zero, which would look like robustness.
 * @throws ToolkitError `data-mismatch` for labels that are not `count` classes of the model (or -1, its own prediction)
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
 * A cotangent with other rows than the images, or with the classes in another order of dimensions, would be cut into
 * batches without a word and weigh the wrong derivatives.
 * @throws ToolkitError `data-mismatch` for anything but [count, classes]
 */
export function checkCotangent({ source, classes }: Asked, { dims, data }: Tensor<'float32'>, count: number): void {
  if (dims.length === 2 && dims[0] === count && dims[1] === classes && data.length === count * classes) return;
  throw new ToolkitError('data-mismatch', {
    what: `cotangent of ${source}`,
    expected: `[${count}, ${classes}]`,
    received: `[${dims.join(', ')}]${data.length === count * classes ? '' : ` with ${data.length} values`}`,
  });
}
