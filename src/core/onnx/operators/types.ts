import { broadcast } from '../dims.js';
import type { Dim } from '../graph.js';
import type { ShapeContext, ShapeResult } from './operator.js';

/** Shape functions that many operators share. */

/** Same type and shape as the first input. */
export const same = (c: ShapeContext): ShapeResult => [c.type(0)];

export const truth = (c: ShapeContext): ShapeResult => [{ dtype: 'bool', dims: c.dims(0) }];

export function broadcastAll(c: ShapeContext, from = 0): readonly Dim[] {
  let dims = c.dims(from);
  for (let i = from + 1; i < c.node.inputs.length; i++) {
    const wider = broadcast(dims, c.dims(i));
    if (!wider) c.fail(`[${dims}] and [${c.dims(i)}] cannot be broadcast together`);
    dims = wider;
  }
  return dims;
}

export const broadcasting = (c: ShapeContext): ShapeResult => [
  { dtype: c.type(0).dtype, dims: broadcastAll(c) },
];

/** A result of the first input's element type. */
export const shaped = (c: ShapeContext, dims: readonly Dim[]): ShapeResult => [
  { dtype: c.type(0).dtype, dims },
];

/** A shape without some of its axes, or with 1 in their place. */
export const reduced = (dims: readonly Dim[], axes: readonly number[], keep: boolean): Dim[] =>
  keep ? dims.map((d, a) => (axes.includes(a) ? 1 : d)) : dims.filter((_, a) => !axes.includes(a));
