import type { Dim } from '../graph.js';
import { required, string } from './attributes.js';
import { type OperatorFamily, operator, type ShapeContext, UnknownShape } from './operator.js';
import { shaped } from './types.js';

/** What each axis of the operands and of the result is called. */
export interface Equation {
  readonly operands: readonly (readonly string[])[];
  readonly result: readonly string[];
}

const ELLIPSIS = '...';

/** Labels of the `count` axes that an ellipsis stands for, aligned at the last as in broadcasting. */
const ellipsis = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${ELLIPSIS}${count - 1 - i}`);

const lettersOf = (term: string): number => [...term.replace(ELLIPSIS, '')].length;

const labelsOf = (term: string, hidden: number): string[] =>
  term.split(ELLIPSIS).flatMap((letters, i) => [...(i === 0 ? [] : ellipsis(hidden)), ...letters]);

/**
 * The labels of an Einsum. Without `->` the result has the axes of the ellipsis and then, in alphabetical
 * order, the letters that occur once.
 *
 * @param ranks of the operands
 * @returns undefined when the equation does not fit them
 */
export function equationOf(text: string, ranks: readonly number[]): Equation | undefined {
  const [left = '', right] = text.replaceAll(/\s/g, '').split('->');
  const terms = left.split(',');
  const hidden = terms.map((term, i) => (ranks[i] ?? 0) - lettersOf(term));
  const fits = terms.every((term, i) => (term.includes(ELLIPSIS) ? hidden[i]! >= 0 : hidden[i] === 0));
  if (terms.length !== ranks.length || !fits) return undefined;
  const operands = terms.map((term, i) => labelsOf(term, hidden[i] ?? 0));
  const widest = Math.max(0, ...hidden);
  if (right !== undefined) return { operands, result: labelsOf(right, widest) };
  const letters = operands.flat().filter((label) => !label.startsWith(ELLIPSIS));
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter));
  return { operands, result: [...ellipsis(widest), ...once.sort()] };
}

/** Size of each label; an axis of size 1 fits any other. */
export function sizesOf({ operands }: Equation, dims: readonly (readonly Dim[])[]): Map<string, Dim> {
  const sizes = new Map<string, Dim>();
  operands.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const [known, size = 1] = [sizes.get(label) ?? 1, dims[i]?.[axis]];
      if (known === 1 || (typeof known === 'string' && typeof size === 'number' && size !== 1))
        sizes.set(label, size);
    });
  });
  return sizes;
}

const attributes = { equation: required(string()) };

function einsum(c: ShapeContext<typeof attributes>): readonly Dim[] {
  const dims = c.node.inputs.map((_, i) => c.dims(i));
  const ranks = dims.map((each) => each.length);
  const equation = equationOf(c.attributes.equation, ranks);
  if (!equation) throw new UnknownShape(`its equation does not fit operands of the ranks ${ranks}`);
  const sizes = sizesOf(equation, dims);
  return equation.result.map((label) => sizes.get(label) ?? 1);
}

export const contractions = {
  Einsum: operator({ attributes, shape: (c) => shaped(c, einsum(c)) }),
} as const satisfies OperatorFamily;
