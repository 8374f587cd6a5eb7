import { ToolkitError } from '../base/errors.js';
import type { LabelMap } from '../models/class-order.js';
import { bestAssignment } from './best-assignment.js';

/** Names are compared without regard to case, and to how their words are joined. */
const plain = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');

/** A class of the data whose name several classes of the model have: ImageNet has two kinds of crane. */
export interface SharedName {
  /** Of the data. */
  readonly class: number;
  /** Of the model. */
  readonly places: readonly number[];
}

export interface NamedOrder {
  /** Where names are shared, the first class of the model. */
  readonly map: LabelMap;
  readonly shared: readonly SharedName[];
}

/**
 * The order of classes from what each class of the model is called. Where as many classes of the data have a
 * name as of the model, they are the same in order.
 *
 * @param labels for each class of the model its name, or the number of the class of the data
 * @param classNames of the data
 * @throws ToolkitError `data-mismatch` naming every class of the data that is not there, or twice by number
 */
export function orderOfLabels(
  labels: readonly (string | number)[],
  classNames: readonly string[],
  model: { readonly source: string; readonly classes: number },
): NamedOrder {
  const mismatch = (expected: string, received: string) =>
    new ToolkitError('data-mismatch', { what: `labels of ${model.source}`, expected, received });
  if (labels.length !== model.classes) {
    throw mismatch(`one for each of its ${model.classes} classes`, `${labels.length}`);
  }
  const placesOf = positions(labels);
  const namesakes = positions(classNames);
  const places = classNames.map((name, k) => {
    const numbered = placesOf.get(k) ?? [];
    const named = placesOf.get(plain(name)) ?? [];
    const same = namesakes.get(plain(name)) ?? [];
    if (numbered.length > 0) return { places: numbered, isClear: numbered.length === 1 };
    const own = named.length === same.length ? named.slice(same.indexOf(k)).slice(0, 1) : named;
    return { places: own, isClear: same.length <= named.length };
  });
  const wrong = classNames.filter((_, k) => places[k]?.places.length === 0 || !places[k]?.isClear);
  if (wrong.length > 0) {
    const listed =
      wrong.slice(0, 10).join(', ') + (wrong.length > 10 ? ` and ${wrong.length - 10} more` : '');
    throw mismatch(`each class of the data once (${listed})`, shortList(labels));
  }
  return {
    map: places.map(({ places: [first = 0] }) => first),
    shared: places.flatMap((each, k) => (each.places.length > 1 ? [{ class: k, places: each.places }] : [])),
  };
}

/** Where each name, or number, is in a list. */
function positions(labels: readonly (string | number)[]): ReadonlyMap<string | number, readonly number[]> {
  const found = new Map<string | number, number[]>();
  for (const [at, label] of labels.entries()) {
    const key = typeof label === 'number' ? label : plain(label);
    const known = found.get(key);
    if (known) known.push(at);
    else found.set(key, [at]);
  }
  return found;
}

/**
 * The order with shared names decided: of the classes of the model that have the name of a class of the data,
 * the one that is predicted most for its images.
 *
 * @param labels classes of the data @param predictions classes of the model, for the same images
 */
export function withSharedNames(
  { map, shared }: NamedOrder,
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
): LabelMap {
  const settled = [...map];
  for (const { class: own, places } of shared) {
    const votes = places.map(
      (place) => Array.from(predictions).filter((to, n) => to === place && labels[n] === own).length,
    );
    settled[own] = places[votes.indexOf(Math.max(...votes))] ?? places[0] ?? 0;
  }
  return settled;
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
