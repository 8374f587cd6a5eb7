import type { GraphBuilder } from '../builder.js';
import type { LoweringFamily } from './lowering.js';

/** Positions as rotations (Su et al. 2021, RoFormer). */

interface Rotation {
  /** [batch, heads, length, width]. */
  readonly value: string;
  /** Cosines and sines of the angles, which broadcast against [batch, heads, length, half the width]. */
  readonly cosine: string;
  readonly sine: string;
  /** Whether the two numbers that are rotated lie side by side, or half the width apart. */
  readonly isInterleaved: boolean;
  /** How many of the last axis are rotated. */
  readonly width: number;
  readonly whole: number;
}

function rotated(g: GraphBuilder, r: Rotation): string {
  const turned = r.width === r.whole ? r.value : g.slice(r.value, [3], [0], [r.width]);
  const halves = r.isInterleaved
    ? [0, 1].map((i) => g.slice(turned, [3], [i], [r.width], [2]))
    : [0, 1].map((i) => g.slice(turned, [3], [(i * r.width) / 2], [((i + 1) * r.width) / 2]));
  const [a = '', b = ''] = halves;
  const parts = [g.sub(g.mul(a, r.cosine), g.mul(b, r.sine)), g.add(g.mul(a, r.sine), g.mul(b, r.cosine))];
  const joined = r.isInterleaved
    ? g.op('Reshape', [
        g.concat(
          parts.map((part) => g.unsqueeze(part, [4])),
          4,
        ),
        g.ints([0, 0, 0, -1]),
      ])
    : g.concat(parts, 3);
  return r.width === r.whole ? joined : g.concat([joined, g.slice(r.value, [3], [r.width], [r.whole])], 3);
}

/** Heads that lie side by side in the last axis, as an axis of their own, and back. */
function withHeads(
  g: GraphBuilder,
  x: string,
  heads: number | undefined,
  headWidth: number,
  rotate: (value: string, whole: number) => string,
): string | undefined {
  const dims = g.dims(x);
  const last = dims.at(-1);
  if (typeof last !== 'number') return undefined;
  if (dims.length === 4) return rotate(x, last);
  const count = heads || last / headWidth;
  if (dims.length !== 3 || !Number.isInteger(last / count)) return undefined;
  const apart = g.transpose(g.op('Reshape', [x, g.ints([0, 0, count, last / count])]), [0, 2, 1, 3]);
  const result = g.transpose(rotate(apart, last / count), [0, 2, 1, 3]);
  return g.op('Reshape', [result, g.ints([0, 0, last])]);
}

export const rotary = {
  RotaryEmbedding: (c) => {
    const { g } = c;
    const { interleaved, num_heads, rotary_embedding_dim } = c.attributes;
    // The caches are [length, width / 2] with positions, else [batch, length, width / 2].
    const half = c.dims(1).at(-1);
    if (typeof half !== 'number') return undefined;
    const [cosine = '', sine = ''] = [1, 2].map((i) =>
      g.unsqueeze(c.has(3) ? g.gather(c.x(i), c.x(3)) : c.x(i), [1]),
    );
    const rotate = (value: string, whole: number) => {
      const width = rotary_embedding_dim || whole;
      return rotated(g, { value, cosine, sine, isInterleaved: interleaved === 1, width, whole });
    };
    const result = withHeads(g, c.x(0), num_heads, 2 * half, rotate);
    return result === undefined ? undefined : [result];
  },
  'com.microsoft::RotaryEmbedding': (c) => {
    const { g } = c;
    const { interleaved, num_heads, rotary_embedding_dim, is_packed_batching, scale } = c.attributes;
    const half = c.dims(2).at(-1);
    const dims = c.dims(0);
    const length = dims.at(-2);
    if (is_packed_batching || (scale !== undefined && scale !== 1) || typeof half !== 'number')
      return undefined;
    // One position is that of the first element; else there is one for each.
    const isOffset = c.dims(1).length === 1;
    const steps = dims.length === 4 ? length : dims[1];
    if (isOffset && typeof steps !== 'number') return undefined;
    const positions = isOffset
      ? g.unsqueeze(g.add(c.x(1), g.ints([...Array(Number(steps)).keys()])), [0])
      : c.x(1);
    const [cosine = '', sine = ''] = [2, 3].map((i) => g.unsqueeze(g.gather(c.x(i), positions), [1]));
    const rotate = (value: string, whole: number) => {
      const width = rotary_embedding_dim || whole;
      return rotated(g, { value, cosine, sine, isInterleaved: interleaved === 1, width, whole });
    };
    const result = withHeads(g, c.x(0), num_heads, 2 * half, rotate);
    return result === undefined ? undefined : [result];
  },
} as const satisfies LoweringFamily;
