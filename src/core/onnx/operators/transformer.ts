import type { Dim } from '../graph.js';
import { float, int, ints, required } from './attributes.js';
import { type OperatorFamily, operator, type ShapeContext, type ShapeResult } from './operator.js';
import { broadcastAll, broadcasting, same, shaped } from './types.js';

/** Attention, and what ONNX Runtime's optimizer makes of the blocks of transformers. */

const attention = {
  is_causal: int(0),
  kv_num_heads: int(),
  left_window_size: int(-1),
  q_num_heads: int(),
  qk_matmul_output_mode: int(0),
  right_window_size: int(-1),
  scale: float(),
  softcap: float(0),
  softmax_precision: int(),
};

/** Heads are an axis of their own, or lie side by side in the last one. */
function attended(c: ShapeContext<typeof attention>): readonly Dim[] {
  const [query, value] = [c.dims(0), c.dims(2)];
  const width = value.at(-1) ?? 1;
  if (query.length === 4) return [...query.slice(0, 3), width];
  const { q_num_heads: heads = 1, kv_num_heads: shared = heads } = c.attributes;
  return [...query.slice(0, 2), typeof width === 'number' ? (width / shared) * heads : c.symbol(2)];
}

/** Attention whose queries, keys and values are products of one input. */
const projected = {
  do_rotary: int(),
  mask_filter_value: float(),
  num_heads: required(int()),
  past_present_share_buffer: int(),
  scale: float(),
  unidirectional: int(0),
};

function projectedDims(c: ShapeContext, width?: number): readonly Dim[] {
  const all = c.dims(1).at(-1) ?? 1;
  const third = typeof all === 'number' ? all / 3 : c.symbol(2);
  return [...c.dims(0).slice(0, 2), width ?? third];
}

/** The result, two statistics, and the sum that is normalized. */
const skipped = (c: ShapeContext): ShapeResult => {
  const type = c.type(0);
  const statistics = { dtype: 'float32' as const, dims: [...c.dims(0).slice(0, -1), 1] };
  return [type, statistics, statistics, type];
};
const skipping = operator({ attributes: { epsilon: float(1e-12) }, shape: skipped });

export const transformer = {
  Attention: operator({ attributes: attention, shape: (c) => shaped(c, attended(c)) }),
  RotaryEmbedding: operator({
    attributes: { interleaved: int(0), num_heads: int(), rotary_embedding_dim: int(0) },
    shape: same,
  }),
  SimplifiedLayerNormalization: operator({
    attributes: { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) },
    shape: same,
  }),
  'com.microsoft::Gelu': operator({ attributes: {}, shape: same }),
  'com.microsoft::FastGelu': operator({ attributes: {}, shape: (c) => shaped(c, broadcastAll(c)) }),
  'com.microsoft::BiasGelu': operator({ attributes: {}, shape: broadcasting }),
  'com.microsoft::QuickGelu': operator({ attributes: { alpha: float(1.702) }, shape: same }),
  'com.microsoft::SkipLayerNormalization': skipping,
  'com.microsoft::SkipSimplifiedLayerNormalization': skipping,
  'com.microsoft::MultiHeadAttention': operator({
    attributes: {
      mask_filter_value: float(),
      num_heads: required(int()),
      scale: float(),
      unidirectional: int(0),
    },
    shape: (c) => shaped(c, [...c.dims(0).slice(0, 2), c.dims(2).at(-1) ?? 1]),
  }),
  'com.microsoft::QAttention': operator({
    attributes: projected,
    shape: (c) => [{ dtype: c.type(3).dtype, dims: projectedDims(c) }],
  }),
  'com.microsoft::Attention': operator({
    attributes: {
      ...projected,
      qkv_hidden_sizes: ints(),
      rotary_embedding_dim: int(),
    },
    shape: (c) => shaped(c, projectedDims(c, c.attributes.qkv_hidden_sizes?.[2])),
  }),
} as const satisfies OperatorFamily;
