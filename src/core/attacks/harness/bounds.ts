import type { Tensor } from '../../tensor/tensor.js';

/** The smallest or largest value of input elements: one number for all, or a tensor of an input's shape. */
export type Limit = number | Tensor<'float32'>;

/**
 * Lower and upper limits of the input elements, in input units. Where both are equal, an element is fixed.
 */
export type Bounds = readonly [Limit, Limit];

/**
 * Limits as arrays with an entry for each element of one input, so that loops over elements read them alike.
 */
export interface Limits {
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** Arrays of one repeated number, by number and length: a sweep asks for the same few again and again. */
const repeated = new Map<string, Float32Array>();
const MAX_KEPT = 64;

/**
 * @param width elements of one input
 * @throws RangeError for tensors of another size; `checkThreatModel` refuses them with a message
 */
export function limitsOf([low, high]: Bounds, width: number): Limits {
  return { low: arrayOf(low, width), high: arrayOf(high, width) };
}

function arrayOf(limit: Limit, width: number): Float32Array {
  if (typeof limit !== 'number') {
    if (limit.data.length === width) return limit.data;
    throw new RangeError(`bounds of ${limit.data.length} elements for inputs of ${width}`);
  }
  const key = `${limit} ${width}`;
  const known = repeated.get(key);
  if (known) return known;
  if (repeated.size >= MAX_KEPT) repeated.clear();
  const made = new Float32Array(width).fill(limit);
  repeated.set(key, made);
  return made;
}

/** Whether every element has the same limits. */
export const isUniform = (bounds: Bounds): bounds is readonly [number, number] =>
  typeof bounds[0] === 'number' && typeof bounds[1] === 'number';

/** The largest distance between two limits: of any two inputs in Linf. */
export function rangeOf(bounds: Bounds, width: number): number {
  if (isUniform(bounds)) return bounds[1] - bounds[0];
  const { low, high } = limitsOf(bounds, width);
  return high.reduce((most, value, i) => Math.max(most, value - (low[i] ?? 0)), 0);
}

/** The limit of one element. */
export const limitAt = (limit: Limit, element: number): number =>
  typeof limit === 'number' ? limit : (limit.data[element] ?? Number.NaN);

/** A value of one element, cut to its limits. */
export const clipAt = (value: number, [low, high]: Bounds, element: number): number =>
  Math.min(limitAt(high, element), Math.max(limitAt(low, element), value));
