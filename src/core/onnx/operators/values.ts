import { bounded } from '../../base/bounded.js';
import { atLeast, compare, difference, isStatic, product, quotient, sum } from '../dims.js';
import type { Dim } from '../graph.js';
import type { Content, ShapeContext } from './operator.js';

/** Numbers that an output holds; undefined where one of them, or all, cannot be known. */
export type Values = readonly (Dim | undefined)[] | undefined;
type Known = (...numbers: readonly Dim[]) => Dim | undefined;

/** Steps between neighbours along each axis. */
const stridesOf = (dims: readonly number[]): number[] =>
  dims.map((_, axis) => dims.slice(axis + 1).reduce((total, dim) => total * dim, 1));

/**
 * A result whose numbers are some of the source's.
 * @param from where in the source the number at this position of the result lies
 */
export function select(
  source: Content,
  dims: readonly number[],
  from: (position: readonly number[]) => readonly number[],
): Values {
  const [steps, strides] = [stridesOf(dims), stridesOf(source.dims)];
  const size = dims.reduce((total, dim) => total * dim, 1);
  return Array.from({ length: bounded(size) }, (_, i) => {
    const position = dims.map((dim, axis) => Math.floor(i / (steps[axis] ?? 1)) % dim);
    const at = from(position).reduce((total, index, axis) => total + index * (strides[axis] ?? 1), 0);
    return source.values[at];
  });
}

/** The numbers of a source repeated to a wider shape, as NumPy broadcasts. */
export const broadcastTo = (source: Content, dims: readonly number[]): Values =>
  select(source, dims, (position) =>
    source.dims.map((dim, axis) =>
      dim === 1 ? 0 : (position[axis + dims.length - source.dims.length] ?? 0),
    ),
  );

/** An elementwise function of all inputs, broadcast against each other. */
export const elementwise =
  (f: Known) =>
  (c: ShapeContext): Values => {
    const sources = c.node.inputs.map((_, i) => c.content(i));
    if (!sources.every((source) => source !== undefined)) return undefined;
    const rank = Math.max(...sources.map(({ dims }) => dims.length));
    const dims = Array.from({ length: rank }, (_, axis) =>
      sources
        .map((source) => source.dims[axis - rank + source.dims.length] ?? 1)
        .reduce((a, b) => (a === 1 ? b : a)),
    );
    const wide = sources.map((source) => broadcastTo(source, dims));
    return wide[0]?.map((_, i) => {
      const numbers = wide.map((values) => values?.[i]);
      return numbers.every((n) => n !== undefined) ? f(...numbers) : undefined;
    });
  };

/** The numbers of the first input, in the same order. */
export const passed = (c: ShapeContext): Values => c.content(0)?.values;

/** A function of numbers alone. */
export const numeric =
  (f: (...numbers: readonly number[]) => number): Known =>
  (...numbers) => {
    const result = isStatic(numbers) ? f(...numbers) : Number.NaN;
    return Number.isFinite(result) ? result : undefined;
  };

/** Polynomials have whole coefficients. */
const whole = (numbers: readonly Dim[]) => numbers.every((n) => typeof n === 'string' || Number.isInteger(n));

const symbolic =
  (f: (numbers: readonly Dim[]) => Dim | undefined): Known =>
  (...numbers) =>
    isStatic(numbers) || whole(numbers) ? f(numbers) : undefined;

export const total = symbolic(sum);
export const times = symbolic(product);
export const minus = symbolic(([a = 0, b = 0]) => difference(a, b));

/** Division that rounds towards zero for whole numbers and not for others. */
export const over = (isInteger: boolean): Known =>
  symbolic(([a = 0, b = 0]) => {
    if (typeof a === 'number' && typeof b === 'number') return isInteger ? Math.trunc(a / b) : a / b;
    return b === 0 ? undefined : quotient(a, b);
  });

/** Signs that `a - b` may have. */
function possibleSigns(a: Dim, b: Dim): readonly (-1 | 0 | 1)[] {
  const sign = compare(a, b);
  if (sign !== undefined) return [sign];
  if (atLeast(a, b)) return [0, 1];
  return atLeast(b, a) ? [-1, 0] : [-1, 0, 1];
}

/** A comparison, where it does not depend on what the symbols stand for. */
export const comparing = (holds: (sign: -1 | 0 | 1) => boolean): Known =>
  symbolic(([a = 0, b = 0]) => {
    const answers = new Set(possibleSigns(a, b).map(holds));
    return answers.size === 1 ? Number(answers.has(true)) : undefined;
  });

/** The largest, or the smallest, of all. */
export const largest = symbolic((all) => all.find((n) => all.every((other) => atLeast(n, other))));
export const smallest = symbolic((all) => all.find((n) => all.every((other) => atLeast(other, n))));
