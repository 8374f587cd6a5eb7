import { exact, flat, type RuleFamily, unsupported } from '../rule.js';

/** Operators of ONNX Runtime's own domain; most are differentiated as what they stand for. */
export const microsoft = {
  'com.microsoft::BiasAdd': unsupported(),
  'com.microsoft::BiasSplitGelu': unsupported(),
  'com.microsoft::BiasSoftmax': unsupported('only of a known rank'),
  'com.microsoft::GemmFastGelu': unsupported(),
  'com.microsoft::TransposeMatMul': unsupported(),
  'com.microsoft::GroupNorm': unsupported('only with a known number of channels, with no activation or SiLU'),
  'com.microsoft::SkipGroupNorm': unsupported(
    'only with a known number of channels, with no activation or SiLU',
  ),
  'com.microsoft::NhwcConv': unsupported(),
  'com.microsoft::GatherND': unsupported(),
  'com.microsoft::GridSample': unsupported('only of images of known size, not cubic'),
  'com.microsoft::Pad': unsupported(),
  'com.microsoft::ExpandDims': unsupported('only along a known axis'),
  'com.microsoft::Trilu': unsupported(),
  'com.microsoft::Range': flat,
  // Y X = 1, so dY = -Y dX Y.
  'com.microsoft::Inverse': exact((c) => {
    const { g } = c;
    const rank = c.dims(0).length;
    const transposed = g.transpose(c.y, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
    return g.neg(g.matmul(g.matmul(transposed, c.dy), transposed));
  }),
  'com.microsoft::CDist': unsupported('only Euclidean distances and their squares'),
  'com.microsoft::CropAndResize': unsupported(),
  'com.microsoft::RotaryEmbedding': unsupported('only over sequences of known length and width, unpacked'),
  'com.microsoft::DynamicQuantizeLSTM': unsupported('its weights are no constants'),
} as const satisfies RuleFamily;
