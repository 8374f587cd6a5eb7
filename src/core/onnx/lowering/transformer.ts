import { bounded } from '../../base/bounded.js';
import { sizeOf, tensor } from '../../tensor/tensor.js';
import type { GraphBuilder } from '../builder.js';
import { float, type Node } from '../graph.js';
import type { LoweringFamily } from './lowering.js';
import { rootMeanSquare } from './normalization.js';

/** Attention (Vaswani et al. 2017) and the fused parts of transformers. */

const usesOneOutput = (node: Node) => node.outputs.slice(1).every((name) => name === '');

/** Heads side by side in the last axis, [batch, length, heads * width], as an axis of their own. */
const apart = (g: GraphBuilder, value: string, heads: number) =>
  g.transpose(g.op('Reshape', [value, g.ints([0, 0, heads, -1])]), [0, 2, 1, 3]);

const together = (g: GraphBuilder, value: string) =>
  g.op('Reshape', [g.transpose(value, [0, 2, 1, 3]), g.ints([0, 0, -1])]);

interface Attending {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  /** Numbers that are added to the scores, or truth values of what is looked at. */
  readonly mask?: string;
  readonly scale?: number | undefined;
  readonly isCausal?: boolean;
}

/** `softmax(scale Q K^T + mask) V`, each [batch, heads, length, width]. */
function attend(
  g: GraphBuilder,
  { query, key, value, mask, scale, isCausal }: Attending,
): string | undefined {
  const width = g.dims(query)[3];
  const factor = scale ?? (typeof width === 'number' ? 1 / Math.sqrt(width) : undefined);
  if (factor === undefined) return undefined;
  let scores = g.matmul(g.mul(query, factor), g.transpose(key, [0, 1, 3, 2]));
  const hidden = (visible: string) => g.where(visible, scores, Number.NEGATIVE_INFINITY);
  if (mask !== undefined) scores = g.dtype(mask) === 'bool' ? hidden(mask) : g.add(scores, mask);
  if (isCausal) {
    const [rows, columns] = [g.dims(query)[2], g.dims(key)[2]];
    if (typeof rows !== 'number' || typeof columns !== 'number') return undefined;
    const past = Uint8Array.from({ length: bounded(sizeOf([rows, columns])) }, (_, i) =>
      Number(i % columns <= Math.floor(i / columns)),
    );
    scores = hidden(g.constant(tensor('bool', [rows, columns], past)));
  }
  return g.matmul(g.op('Softmax', [scores], { axis: -1 }), value);
}

/** Each head of keys and values serves several of queries (Ainslie et al. 2023). */
function repeated(g: GraphBuilder, value: string, heads: number, shared: number): string {
  if (heads === shared) return value;
  const from = Array.from({ length: bounded(heads) }, (_, i) => Math.floor((i * shared) / heads));
  return g.gather(value, g.ints(from), 1);
}

const parts = (g: GraphBuilder, value: string, axis: number) =>
  g.ops('Split', [value], { axis, num_outputs: 3 }, { outputs: 3 });

export const transformer = {
  Attention: (c) => {
    const { g, attributes: a } = c;
    const windows = a.left_window_size !== -1 || a.right_window_size !== -1;
    if ([4, 5, 6].some((i) => c.has(i)) || a.softcap !== 0 || windows || !usesOneOutput(c.node))
      return undefined;
    const isFlat = c.dims(0).length === 3;
    const [heads, shared] = isFlat ? [a.q_num_heads, a.kv_num_heads] : [c.dims(0)[1], c.dims(1)[1]];
    if (typeof heads !== 'number' || typeof shared !== 'number') return undefined;
    const [query = '', key = '', value = ''] = [heads, shared, shared].map((count, i) =>
      repeated(g, isFlat ? apart(g, c.x(i), count) : c.x(i), heads, count),
    );
    const { scale, is_causal } = a;
    const mask = c.has(3) ? { mask: c.x(3) } : {};
    const result = attend(g, { query, key, value, scale, isCausal: is_causal === 1, ...mask });
    return result === undefined ? undefined : [isFlat ? together(g, result) : result];
  },
  'com.microsoft::MultiHeadAttention': (c) => {
    const { g } = c;
    const { num_heads: heads, scale, unidirectional } = c.attributes;
    const isPlain = [0, 1, 2].every((i) => c.has(i) && c.dims(i).length === 3);
    if (!isPlain || unidirectional || ![4, 6, 7, 8, 9].every((i) => !c.has(i)) || !usesOneOutput(c.node))
      return undefined;
    const bias = biasParts(
      g,
      c.x(3),
      [0, 1, 2].map((i) => Number(c.dims(i)[2])),
    );
    const [query = '', key = '', value = ''] = [0, 1, 2].map((i) =>
      apart(g, bias ? g.add(c.x(i), bias[i] ?? '') : c.x(i), heads),
    );
    const result = attend(g, { query, key, value, scale, ...(c.has(5) && { mask: c.x(5) }) });
    return result === undefined ? undefined : [together(g, result)];
  },
  'com.microsoft::Attention': (c) => {
    const { g } = c;
    const { num_heads: heads, scale, unidirectional, qkv_hidden_sizes: sizes, do_rotary } = c.attributes;
    const isPlain = !c.has(3) && !c.has(4) && !c.has(6) && usesOneOutput(c.node);
    if (!isPlain || unidirectional || sizes || do_rotary) return undefined;
    const product = g.matmul(c.x(0), c.x(1));
    const projected = c.has(2) ? g.add(product, c.x(2)) : product;
    const [query = '', key = '', value = ''] = parts(g, projected, 2).map((part) => apart(g, part, heads));
    const result = attend(g, { query, key, value, scale, ...(c.has(5) && { mask: c.x(5) }) });
    return result === undefined ? undefined : [together(g, result)];
  },
  SimplifiedLayerNormalization: (c) => {
    const { axis, epsilon } = c.attributes;
    const first = axis < 0 ? axis + c.dims(0).length : axis;
    if (!usesOneOutput(c.node)) return undefined;
    return [c.g.mul(rootMeanSquare(c.g, c.x(0), first, epsilon), c.x(1))];
  },
  'com.microsoft::SkipLayerNormalization': (c) => {
    const { g } = c;
    const sum = g.add(c.x(0), c.x(1));
    const total = c.has(4) ? g.add(sum, c.x(4)) : sum;
    if (c.node.outputs[1] || c.node.outputs[2]) return undefined;
    const factors = [c.x(2), ...(c.has(3) ? [c.x(3)] : [])];
    const attributes = { axis: -1, epsilon: float(c.attributes.epsilon) };
    return [g.op('LayerNormalization', [total, ...factors], attributes), undefined, undefined, total];
  },
  'com.microsoft::SkipSimplifiedLayerNormalization': (c) => {
    const { g } = c;
    const sum = g.add(c.x(0), c.x(1));
    const total = c.has(3) ? g.add(sum, c.x(3)) : sum;
    if (c.node.outputs[1] || c.node.outputs[2]) return undefined;
    const normal = rootMeanSquare(g, total, c.dims(0).length - 1, c.attributes.epsilon);
    return [g.mul(normal, c.x(2)), undefined, undefined, total];
  },
  'com.microsoft::Gelu': (c) => [c.g.op('Gelu', [c.x(0)])],
  'com.microsoft::FastGelu': (c) => {
    const value = c.has(1) ? c.g.add(c.x(0), c.x(1)) : c.x(0);
    return [c.g.op('Gelu', [value], { approximate: 'tanh' })];
  },
  'com.microsoft::BiasGelu': (c) => [c.g.op('Gelu', [c.g.add(c.x(0), c.x(1))])],
  'com.microsoft::QuickGelu': (c) => {
    const { g } = c;
    return [g.mul(c.x(0), g.op('Sigmoid', [g.mul(c.x(0), c.attributes.alpha)]))];
  },
} as const satisfies LoweringFamily;

/** Biases of queries, keys and values lie in one vector. */
function biasParts(g: GraphBuilder, bias: string, sizes: readonly number[]): readonly string[] | undefined {
  if (bias === '') return undefined;
  return g.ops('Split', [bias, g.ints(sizes)], { axis: 0 }, { outputs: 3 });
}
