import { product, quotient, sum } from '../dims.js';
import type { Dim } from '../graph.js';
import { type AttributeSpec, int, ints, required, string } from './attributes.js';
import { normalizeAxis, type OperatorFamily, operator, type ShapeContext, UnknownShape } from './operator.js';
import { axesToInput, change, input } from './rewrites.js';
import { shaped } from './types.js';
import { passed, select } from './values.js';

/** Operators that give elements another place and keep them all. */

/** The shape that a Reshape asks for, with 0 and -1 replaced. */
function reshape(c: ShapeContext<{ allowzero: AttributeSpec<number> }>): readonly Dim[] {
  const wanted = c.list(1);
  if (!wanted) throw new UnknownShape('the shape it asks for is computed at run time');
  const from = c.dims(0);
  const keepZero = c.attributes.allowzero === 1;
  const dims = wanted.map((d, axis) =>
    d === 0 && !keepZero ? (from[axis] ?? c.fail('a 0 beyond the rank')) : d,
  );
  const free = dims.indexOf(-1);
  if (free >= 0) {
    const rest = product(dims.filter((_, axis) => axis !== free));
    const whole = product(from);
    const impossible = typeof whole === 'number' && typeof rest === 'number';
    dims[free] =
      quotient(whole, rest) ?? (impossible ? c.fail(`[${from}] cannot become [${dims}]`) : c.symbol(free));
  }
  const [a, b] = [product(from), product(dims)];
  if (typeof a === 'number' && typeof b === 'number' && a !== b) c.fail(`[${from}] cannot become [${dims}]`);
  return dims;
}

function blocks(c: ShapeContext, toDepth: boolean, size: number) {
  const [n, channels, h, w] = c.dims(0);
  if (n === undefined || channels === undefined || h === undefined || w === undefined)
    c.fail(`[${c.dims(0)}] is no stack of images`);
  const over = (d: Dim, by: number) => quotient(d, by) ?? c.fail(`${d} is not a multiple of ${by}`);
  const area = size * size;
  return shaped(
    c,
    toDepth
      ? [n, product([channels, area]), over(h, size), over(w, size)]
      : [n, over(channels, area), product([h, size]), product([w, size])],
  );
}

/** Where each part of a Split begins, and its size. */
function parts(c: ShapeContext, axis: number): readonly { readonly start: number; readonly size: number }[] {
  const whole = c.dims(0)[axis];
  const count = c.node.outputs.length;
  if (!c.has(1) && typeof whole !== 'number') throw new UnknownShape('it splits a free dimension');
  const part = Math.ceil(Number(whole) / count);
  const sizes = c.has(1)
    ? c.numbers(1)
    : c.node.outputs.map((_, i) => Math.max(0, Math.min(part, Number(whole) - i * part)));
  return sizes.map((size, i) => ({ size, start: sizes.slice(0, i).reduce((a, b) => a + b, 0) }));
}

/** The size that all have: a number where one is known. */
function common(sizes: readonly (Dim | undefined)[]): Dim | undefined {
  const numbers = new Set(sizes.filter((size) => typeof size !== 'string'));
  return numbers.size > 1 ? undefined : ([...numbers][0] ?? sizes[0]);
}

const byInput = { before: 13, attributes: { axes: ints() }, rewrite: axesToInput } as const;

export const structure = {
  Reshape: operator({
    attributes: { allowzero: int(0) },
    shape: (c) => shaped(c, reshape(c)),
    value: passed,
  }),
  Flatten: operator({
    attributes: { axis: int(1) },
    shape: (c) => {
      const dims = c.dims(0);
      const axis = normalizeAxis(c.attributes.axis, dims.length);
      return shaped(c, [product(dims.slice(0, axis)), product(dims.slice(axis))]);
    },
    value: passed,
  }),
  Squeeze: operator({
    attributes: {},
    shape: (c) => {
      const dims = c.dims(0);
      const axes = c.has(1)
        ? c.numbers(1).map((a) => normalizeAxis(a, dims.length))
        : [...dims.keys()].filter((a) => dims[a] === 1);
      return shaped(
        c,
        dims.filter((_, axis) => !axes.includes(axis)),
      );
    },
    value: passed,
    upgrade: byInput,
  }),
  Unsqueeze: operator({
    attributes: {},
    shape: (c) => {
      const dims = c.dims(0);
      const rank = dims.length + c.numbers(1).length;
      const axes = c.numbers(1).map((a) => normalizeAxis(a, rank));
      const rest = [...dims];
      return shaped(
        c,
        Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? 1))),
      );
    },
    value: passed,
    upgrade: byInput,
  }),
  Transpose: operator({
    attributes: { perm: ints() },
    shape: (c) => {
      const dims = c.dims(0);
      const perm = c.attributes.perm ?? [...dims.keys()].reverse();
      return shaped(
        c,
        perm.map((axis) => dims[axis] ?? c.fail(`perm [${perm}] for [${dims}]`)),
      );
    },
    value: (c) => {
      const content = c.content(0);
      if (!content) return undefined;
      const perm = c.attributes.perm ?? [...content.dims.keys()].reverse();
      const dims = perm.map((axis) => content.dims[axis] ?? 1);
      return select(content, dims, (at) => content.dims.map((_, axis) => at[perm.indexOf(axis)] ?? 0));
    },
  }),
  Concat: operator({
    attributes: { axis: required(int()) },
    shape: (c) => {
      const first = c.dims(0);
      const axis = normalizeAxis(c.attributes.axis, first.length);
      const all = c.node.inputs.map((_, i) => c.dims(i));
      const sizes = all.map((dims) => dims[axis] ?? c.fail(`no axis ${axis} in [${dims}]`));
      return shaped(
        c,
        first.map((_, a) =>
          a === axis ? sum(sizes) : (common(all.map((dims) => dims[a])) ?? c.fail(`axis ${a} differs`)),
        ),
      );
    },
    value: (c) => {
      const contents = c.node.inputs.map((_, i) => c.content(i));
      if (!contents.every((v) => v !== undefined)) return undefined;
      // Of vectors, and of matrices that are stacked: rows stay together.
      return normalizeAxis(c.attributes.axis, contents[0]?.dims.length ?? 1) === 0
        ? contents.flatMap(({ values }) => values)
        : undefined;
    },
  }),
  Split: operator({
    attributes: { axis: int(0), num_outputs: int() },
    shape: (c) => {
      const dims = c.dims(0);
      const axis = normalizeAxis(c.attributes.axis, dims.length);
      return parts(c, axis).map(({ size }) => ({
        dtype: c.type(0).dtype,
        dims: dims.map((d, a) => (a === axis ? size : d)),
      }));
    },
    value: (c, output) => {
      const content = c.content(0);
      if (content?.dims.length !== 1) return undefined;
      const { start = 0, size = 0 } = parts(c, 0)[output] ?? {};
      return content.values.slice(start, start + size);
    },
    upgrade: {
      before: 18,
      attributes: { split: ints() },
      rewrite: (c) => {
        const { split } = c.attributes;
        if (split) return [change(c.node, { inputs: [input(c), c.ints(split)], drop: ['split'] })];
        if (c.node.inputs.length > 1) return [c.node];
        return [change(c.node, { set: { num_outputs: c.node.outputs.length } })];
      },
    },
  }),
  DepthToSpace: operator({
    attributes: { blocksize: required(int()), mode: string('DCR') },
    shape: (c) => blocks(c, false, c.attributes.blocksize),
  }),
  SpaceToDepth: operator({
    attributes: { blocksize: required(int()) },
    shape: (c) => blocks(c, true, c.attributes.blocksize),
  }),
} as const satisfies OperatorFamily;
