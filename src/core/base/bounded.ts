import { ToolkitError } from './errors.js';
import { MODEL_LIMITS } from './limits.js';

/**
 * A number of elements that a file implies, before an array of so many is made.
 *
 * @param what the thing that has them, for messages
 * @throws ToolkitError `shape-mismatch` for what is no number of elements, `too-large` beyond the limit
 */
export function bounded(
  count: number,
  what = 'a constant of the graph',
  limit: number = MODEL_LIMITS.writtenElements,
): number {
  if (!(count >= 0) || (count <= limit && !Number.isInteger(count)))
    throw new ToolkitError('shape-mismatch', { node: what, reason: `it would have ${count} elements` });
  if (count <= limit) return count;
  throw new ToolkitError('too-large', { what, size: count, limit, unit: 'elements' });
}
