import { type RuleFamily, unsupported } from '../rule.js';

const plainAttention = unsupported('only without past keys, padding masks, caps and second outputs');
const oneOutput = unsupported('only without its statistics as outputs');

export const transformer = {
  Attention: plainAttention,
  'com.microsoft::MultiHeadAttention': plainAttention,
  'com.microsoft::Attention': plainAttention,
  RotaryEmbedding: unsupported('only over sequences of known length and width'),
  SimplifiedLayerNormalization: oneOutput,
  'com.microsoft::SkipLayerNormalization': oneOutput,
  'com.microsoft::SkipSimplifiedLayerNormalization': oneOutput,
  'com.microsoft::Gelu': unsupported(),
  'com.microsoft::FastGelu': unsupported(),
  'com.microsoft::BiasGelu': unsupported(),
  'com.microsoft::QuickGelu': unsupported(),
} as const satisfies RuleFamily;
