import { float, float32, floats, type GraphBuilder, int64, tensor } from '../../../support/toolkit.js';
import { type Build, images, type LoweringCases, rows } from './lowering-case.js';

const domain = { domain: 'com.microsoft' };
const learning = { domain: 'ai.onnx.ml' };

/** x as a wide image, [N, 1, 4, 6]. */
const picture = (g: GraphBuilder, x: string) => g.unsqueeze(x, [1]);

const boxes = (g: GraphBuilder) => g.constant(float32([2, 4], [0.5, 0.2, 4, 3, 2, 1, 5.5, 2.5]));

const aligned =
  (attributes: Readonly<Record<string, number | string>>): Build =>
  (g, x) =>
    g.op('RoiAlign', [picture(g, x), boxes(g), g.ints([0, 1])], {
      output_height: 2,
      output_width: 3,
      ...attributes,
    });

/** Angles of `count` positions, half as many as the width. */
const caches = (w: (...dims: number[]) => string, ...dims: number[]) => [w(...dims), w(...dims)];

const linear = (op: string, attributes: Parameters<GraphBuilder['op']>[2], outputs: number): Build => {
  const coefficients = floats(Array.from({ length: 72 }, (_, i) => Math.sin(i)));
  return (g, x) =>
    g.ops(
      op,
      [rows(g, x)],
      { coefficients, intercepts: floats([0.1, -0.2, 0.3]), ...attributes },
      { ...learning, outputs },
    )[outputs - 1] ?? '';
};

export const newerCases: LoweringCases = {
  RoiAlign: {
    plain: aligned({}),
    'two samples, the old half pixel': aligned({
      sampling_ratio: 2,
      coordinate_transformation_mode: 'output_half_pixel',
    }),
  },
  MaxRoiPool: {
    plain: (g, x) => {
      const regions = g.constant(float32([2, 5], [1, 0, 0, 4, 3, 0, 2, 1, 9, 2]));
      return g.op('MaxRoiPool', [picture(g, x), regions], {
        pooled_shape: [2, 2],
        spatial_scale: float(0.8),
      });
    },
  },
  RotaryEmbedding: {
    'heads apart': (g, x, w) =>
      g.op('RotaryEmbedding', [images(g, x), ...caches(w, 2, 2, 1)], { rotary_embedding_dim: 2 }),
    'heads side by side, positions': (g, x, w) =>
      g.op('RotaryEmbedding', [x, ...caches(w, 9, 1), g.constant(int64([2, 4], [0, 1, 2, 3, 4, 5, 6, 7]))], {
        num_heads: 3,
      }),
    'pairs side by side': (g, x, w) =>
      g.op('RotaryEmbedding', [x, ...caches(w, 2, 4, 3)], { num_heads: 1, interleaved: 1 }),
  },
  'com.microsoft::RotaryEmbedding': {
    'from a position on': (g, x, w) =>
      g.op('RotaryEmbedding', [x, g.ints([2]), ...caches(w, 9, 1)], {}, domain),
    'pairs, a position each': (g, x, w) => {
      const positions = g.constant(int64([2, 4], [0, 1, 2, 3, 4, 5, 6, 7]));
      return g.op('RotaryEmbedding', [x, positions, ...caches(w, 9, 3)], { interleaved: 1 }, domain);
    },
  },
  'com.microsoft::TransposeMatMul': {
    plain: (g, x, w) => g.op('TransposeMatMul', [x, w(3, 6)], { transB: 1, alpha: float(0.5) }, domain),
  },
  'com.microsoft::GatherND': {
    plain: (g, x) => g.op('GatherND', [x, g.constant(int64([3, 2], [0, 1, 1, 3, 0, 0]))], {}, domain),
  },
  'com.microsoft::GridSample': {
    plain: (g, x, w) => g.op('GridSample', [images(g, x), w(2, 3, 5, 2)], {}, domain),
  },
  'com.microsoft::Pad': { plain: (g, x) => g.op('Pad', [x, g.ints([0, 1, 0, 0, 2, 1])], {}, domain) },
  'com.microsoft::ExpandDims': {
    plain: (g, x) => g.op('ExpandDims', [x, g.constant(tensor('int32', [1], Int32Array.of(1)))], {}, domain),
  },
  'com.microsoft::Trilu': { lower: (g, x) => g.op('Trilu', [x], { upper: 0 }, domain) },
  'com.microsoft::CDist': {
    squares: (g, x, w) => g.op('CDist', [rows(g, x), w(3, 24)], {}, domain),
    distances: (g, x, w) => g.op('CDist', [rows(g, x), w(3, 24)], { metric: 'euclidean' }, domain),
  },
  'ai.onnx.ml::Scaler': {
    'one for each': (g, x) => {
      const numbers = Array.from({ length: 24 }, (_, i) => 0.1 * i + 0.5);
      return g.op('Scaler', [rows(g, x)], { offset: floats(numbers), scale: floats(numbers) }, learning);
    },
    'one for all': (g, x) =>
      g.op('Scaler', [rows(g, x)], { offset: floats([0.5]), scale: floats([3]) }, learning),
  },
  'ai.onnx.ml::Normalizer': Object.fromEntries(
    ['L1', 'L2', 'MAX'].map((norm): [string, Build] => [
      norm,
      (g, x) => g.op('Normalizer', [rows(g, x)], { norm }, learning),
    ]),
  ),
  'ai.onnx.ml::Imputer': {
    plain: (g, x) =>
      g.op(
        'Imputer',
        [rows(g, x)],
        { imputed_value_floats: floats([0.5]), replaced_value_float: float(Number.NaN) },
        learning,
      ),
  },
  'ai.onnx.ml::ArrayFeatureExtractor': {
    plain: (g, x) => g.op('ArrayFeatureExtractor', [rows(g, x), g.ints([3, 1, 20])], {}, learning),
  },
  'ai.onnx.ml::LinearClassifier': {
    ...Object.fromEntries(
      ['NONE', 'LOGISTIC', 'SOFTMAX'].map((post_transform) => [
        post_transform,
        linear('LinearClassifier', { post_transform, classlabels_ints: [0, 1, 2] }, 2),
      ]),
    ),
    words: linear('LinearClassifier', { classlabels_strings: ['a', 'b', 'c'] }, 2),
  },
  'ai.onnx.ml::LinearRegressor': { plain: linear('LinearRegressor', { targets: 3 }, 1) },
};
