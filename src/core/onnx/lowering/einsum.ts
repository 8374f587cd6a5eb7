import { bounded } from '../../base/bounded.js';
import type { GraphBuilder } from '../builder.js';
import { product } from '../dims.js';
import type { Dim } from '../graph.js';
import { equationOf } from '../operators/einsum.js';
import type { LoweringFamily } from './lowering.js';

/** A value and what its axes are called. */
interface Labelled {
  readonly value: string;
  readonly labels: readonly string[];
}

const dimOf = (g: GraphBuilder, { value, labels }: Labelled, label: string): Dim =>
  g.dims(value)[labels.indexOf(label)] ?? 1;

function arranged(g: GraphBuilder, operand: Labelled, labels: readonly string[]): string {
  const perm = labels.map((label) => operand.labels.indexOf(label));
  return perm.every((from, to) => from === to) ? operand.value : g.transpose(operand.value, perm);
}

function summed(g: GraphBuilder, operand: Labelled, away: readonly string[]): Labelled {
  const axes = away.map((label) => operand.labels.indexOf(label));
  if (axes.length === 0) return operand;
  const labels = operand.labels.filter((label) => !away.includes(label));
  return { value: g.sum(operand.value, axes, false), labels };
}

/** The diagonal over axes of one label: every (d + 1)-th of their d * d pairs. */
function diagonals(g: GraphBuilder, operand: Labelled): Labelled | undefined {
  const twice = operand.labels.find((label, i) => operand.labels.indexOf(label) < i);
  if (twice === undefined) return operand;
  const [first, second] = [operand.labels.indexOf(twice), operand.labels.lastIndexOf(twice)];
  const rest = [...operand.labels.keys()].filter((axis) => axis !== first && axis !== second);
  const moved = g.transpose(operand.value, [...rest, first, second]);
  const dims = g.dims(moved);
  const [size, other] = dims.slice(-2);
  if (typeof size !== 'number' || size !== other) return undefined;
  const pairs = reshaped(g, moved, [...dims.slice(0, -2), size * size]);
  if (pairs === undefined) return undefined;
  const every = Array.from({ length: bounded(size) }, (_, i) => i * (size + 1));
  const value = g.gather(pairs, g.ints(every), dims.length - 2);
  return diagonals(g, { value, labels: [...rest.map((axis) => operand.labels[axis] ?? ''), twice] });
}

/** @returns undefined where more than one size is free */
function reshaped(g: GraphBuilder, value: string, dims: readonly Dim[]): string | undefined {
  const now = g.dims(value);
  if (now.length === dims.length && now.every((dim, axis) => dim === dims[axis])) return value;
  return dims.filter((dim) => typeof dim !== 'number').length > 1 ? undefined : g.reshape(value, dims);
}

/** The product of every pair of elements whose shared labels agree: broadcasting does it. */
function outer(g: GraphBuilder, a: Labelled, b: Labelled): Labelled {
  const labels = [...new Set([...a.labels, ...b.labels])];
  const spread = (operand: Labelled) => {
    const own = labels.filter((label) => operand.labels.includes(label));
    const missing = [...labels.keys()].filter((axis) => !own.includes(labels[axis] ?? ''));
    const value = arranged(g, operand, own);
    return missing.length === 0 ? value : g.unsqueeze(value, missing);
  };
  return { value: g.mul(spread(a), spread(b)), labels };
}

/** The product of two operands, summed over the labels that nothing needs afterwards. */
function contracted(
  g: GraphBuilder,
  left: Labelled,
  right: Labelled,
  needed: ReadonlySet<string>,
): Labelled | undefined {
  // A label of one operand alone, or of size 1 in one of them, does not tie the two together.
  const alone = (a: Labelled, b: Labelled) =>
    a.labels.filter(
      (label) =>
        !needed.has(label) &&
        (!b.labels.includes(label) || dimOf(g, a, label) === 1 || dimOf(g, b, label) === 1),
    );
  const [a, b] = [summed(g, left, alone(left, right)), summed(g, right, alone(right, left))];
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const inner = shared.filter((label) => !needed.has(label));
  if (inner.length === 0) return outer(g, a, b);
  const batch = shared.filter((label) => needed.has(label));
  const only = (x: Labelled) => x.labels.filter((label) => !shared.includes(label));
  const [rows, columns] = [only(a), only(b)];
  const sizes = (x: Labelled, labels: readonly string[]) => labels.map((label) => dimOf(g, x, label));
  const matrix = (x: Labelled, ...groups: readonly (readonly string[])[]) =>
    reshaped(g, arranged(g, x, [...batch, ...groups.flat()]), [
      ...sizes(x, batch),
      ...groups.map((labels) => product(sizes(x, labels))),
    ]);
  const [p, q] = [matrix(a, rows, inner), matrix(b, inner, columns)];
  if (p === undefined || q === undefined) return undefined;
  const value = g.matmul(p, q);
  const dims = [...g.dims(value).slice(0, batch.length), ...sizes(a, rows), ...sizes(b, columns)];
  const result = reshaped(g, value, dims);
  return result === undefined ? undefined : { value: result, labels: [...batch, ...rows, ...columns] };
}

/** Operands are multiplied from left to right, each pair as one product of matrices. */
export const einsum = {
  Einsum: ({ g, node, attributes }) => {
    const ranks = node.inputs.map((name) => g.dims(name).length);
    const equation = equationOf(attributes.equation, ranks);
    if (!equation) return undefined;
    const { operands, result } = equation;
    let product: Labelled | undefined;
    for (const [i, labels] of operands.entries()) {
      const operand = diagonals(g, { value: node.inputs[i] ?? '', labels });
      const needed = new Set([...result, ...operands.slice(i + 1).flat()]);
      if (!operand) return undefined;
      product = i === 0 ? operand : product && contracted(g, product, operand, needed);
    }
    if (!product) return undefined;
    const rest = product.labels.filter((label) => !result.includes(label));
    return [arranged(g, summed(g, product, rest), result)];
  },
} as const satisfies LoweringFamily;
