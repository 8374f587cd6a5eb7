import { dtypeOfCode } from '../tensor/tensor.js';
import type { Graph, ValueType } from './graph.js';

/**
 * Weights in sparse form, which are carried along untouched in the message that the graph was read from:
 * their names and the types of what they stand for.
 */
export function sparseTypes({ origin }: Graph): ReadonlyMap<string, ValueType> {
  const types = new Map<string, ValueType>();
  for (const { values, dims } of origin?.sparseInitializer ?? []) {
    const dtype = values && dtypeOfCode(values.dataType);
    if (dtype) types.set(values.name, { dtype, dims: dims.map(Number) });
  }
  return types;
}
