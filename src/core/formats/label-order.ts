import { ToolkitError } from '../base/errors.js';
import type { LabelMap } from '../models/class-order.js';
import { bestAssignment } from './best-assignment.js';

/** Names are compared without regard to case, and to how their words are joined. */
const plain = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');

/**
 * The order of classes from what each class of the model is called.
 *
 * @param labels for each class of the model its name, or the number of the class of the data
 * @param classNames of the data
 * @throws ToolkitError `data-mismatch` naming every class of the data that is not there, or twice
 */
export function mapOfLabels(
  labels: readonly (string | number)[],
  classNames: readonly string[],
  model: { readonly source: string; readonly classes: number },
): LabelMap {
  const mismatch = (expected: string, received: string) =>
    new ToolkitError('data-mismatch', { what: `labels of ${model.source}`, expected, received });
  if (labels.length !== model.classes) {
    throw mismatch(`one for each of its ${model.classes} classes`, `${labels.length}`);
  }
  const places = classNames.map((name, k) =>
    labels.flatMap((label, at) =>
      (typeof label === 'number' ? label === k : plain(label) === plain(name)) ? [at] : [],
    ),
  );
  const wrong = classNames.filter((_, k) => places[k]!.length !== 1);
  if (wrong.length > 0) {
    const listed =
      wrong.slice(0, 10).join(', ') + (wrong.length > 10 ? ` and ${wrong.length - 10} more` : '');
    throw mismatch(`each class of the data once (${listed})`, shortList(labels));
  }
  return places.map(([at]) => at!);
}

const shortList = (labels: readonly (string | number)[]): string =>
  labels.slice(0, 10).join(', ') + (labels.length > 10 ? `, ... (${labels.length})` : '');

/**
 * The order of classes that agrees with most predictions. On a few images it fits to chance as
 * well: judge it on others.
 *
 * @param labels classes of the data
 * @param predictions classes of the model, for the same images
 */
export function matchedMap(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  { data, model }: { readonly data: number; readonly model: number },
): LabelMap {
  const counts = Array.from({ length: data }, () => new Float64Array(model));
  // A prediction that is no class (the model gave no numbers) speaks for none.
  for (let n = 0; n < labels.length; n++)
    if (predictions[n]! >= 0) counts[labels[n]!]![predictions[n]!]! += 1;
  // Between equals the data's own order, by less than one image in all.
  counts.forEach((row, k) => {
    if (k < model) row[k]! += 0.5 / data;
  });
  return bestAssignment(counts);
}
