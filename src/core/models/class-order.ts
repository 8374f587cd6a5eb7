import { ToolkitError } from '../base/errors.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';

/** For each class of the data, the class of the model that means the same; no two the same. */
export type LabelMap = readonly number[];

export const identityMap = (classes: number): LabelMap => Array.from({ length: classes }, (_, k) => k);

export const isIdentity = (map: LabelMap): boolean => map.every((to, from) => to === from);

/**
 * The classes of a model in the order of the data's; those that no class of the data means come last.
 *
 * @param classes of the model
 * @throws ToolkitError `data-mismatch` for a map that names a class twice, or one
 *   that the model does not have
 */
export function classOrder(map: LabelMap, classes: number, source = 'model'): number[] {
  const isClass = (to: number) => Number.isInteger(to) && to >= 0 && to < classes;
  if (!map.every(isClass) || new Set(map).size !== map.length) {
    throw new ToolkitError('data-mismatch', {
      what: `order of the classes of ${source}`,
      expected: `${map.length} different classes from 0 to ${classes - 1}`,
      received: map.join(', '),
    });
  }
  const named = new Set(map);
  return [...map, ...identityMap(classes).filter((k) => !named.has(k))];
}

/**
 * What the classes are called in that order; those that the data do not have by their number in the model.
 */
export const classNamesOf = (order: readonly number[], names: readonly string[]): string[] =>
  order.map((k, place) => names[place] ?? String(k));

/**
 * A classifier with its classes in another order: output k is what was output `order[k]`.
 *
 * @param model with logits [N, classes] as its output
 * @param order each class of the model once
 * @returns the model itself where the order is its own
 */
export function withClassOrder(model: Model, order: readonly number[]): Model {
  const [output] = model.graph.outputs;
  if (!output || isIdentity(order)) return model;
  const g = new GraphBuilder(model, 'classes/');
  g.clearOutputs();
  g.output(g.gather(output.name, g.ints(order), 1));
  return g.build();
}
