import { float, float32, floats, type GraphBuilder, int64, tensor } from '../../support/toolkit.js';
import { each, ones, type ShapeCases } from './shape-case.js';

const domain = { domain: 'com.microsoft' };
const learning = { domain: 'ai.onnx.ml' };

const rows = (g: GraphBuilder, x: string) => g.op('Flatten', [x]);
const sequence = (g: GraphBuilder, x: string) => g.op('Reshape', [x, g.ints([0, 4, 36])]);

const regions = (g: GraphBuilder) => g.constant(float32([2, 5], [0, 0, 0, 3, 3, 1, 1, 1, 5, 4]));

/** Trees, a decision on the first number, with one leaf on each side. */
const stump = {
  nodes_falsenodeids: [2, 0, 0],
  nodes_featureids: [0, 0, 0],
  nodes_modes: ['BRANCH_LEQ', 'LEAF', 'LEAF'],
  nodes_nodeids: [0, 1, 2],
  nodes_treeids: [0, 0, 0],
  nodes_truenodeids: [1, 0, 0],
  nodes_values: floats([0.5, 0, 0]),
};

export const newerCases: ShapeCases = {
  ...each('Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh', (op) => ({ plain: (g, x) => g.op(op, [x]) })),
  ...each('Bernoulli RandomNormalLike RandomUniformLike', (op) => ({
    plain: (g, x) => g.op(op, [x]),
    'another type': (g, x) => g.op(op, [x], { dtype: 11 }),
  })),
  ...each('RandomNormal RandomUniform', (op) => ({ plain: (g) => g.op(op, [], { shape: [2, 3] }) })),
  Multinomial: { plain: (g, x) => g.op('Multinomial', [rows(g, x)], { sample_size: 5 }) },
  EyeLike: { plain: (g) => g.op('EyeLike', [ones(g, [3, 4])], { dtype: 7 }) },
  ReverseSequence: {
    plain: (g, x) => g.op('ReverseSequence', [x, g.ints([1, 4])], { time_axis: 1, batch_axis: 0 }),
  },
  MaxRoiPool: {
    plain: (g, x) => g.op('MaxRoiPool', [x, regions(g)], { pooled_shape: [2, 3] }),
  },
  RotaryEmbedding: {
    plain: (g, x) => g.op('RotaryEmbedding', [x, ones(g, [2, 6, 3]), ones(g, [2, 6, 3])]),
  },
  'com.microsoft::RotaryEmbedding': {
    plain: (g, x) => {
      const caches = [ones(g, [9, 18]), ones(g, [9, 18])];
      return g.op('RotaryEmbedding', [sequence(g, x), g.ints([2]), ...caches], {}, domain);
    },
  },
  'com.microsoft::TransposeMatMul': {
    plain: (g, x) => g.op('TransposeMatMul', [x, ones(g, [3, 6])], { transB: 1 }, domain),
  },
  'com.microsoft::GatherND': {
    plain: (g) =>
      g.op('GatherND', [ones(g, [3, 2, 4]), g.constant(int64([5, 2], Array(10).fill(1)))], {}, domain),
  },
  'com.microsoft::GridSample': {
    plain: (g, x) => g.op('GridSample', [x, ones(g, [2, 3, 5, 2])], {}, domain),
  },
  'com.microsoft::Pad': {
    plain: (g, x) => g.op('Pad', [x, g.ints([0, 1, 0, 2, 0, 0, 3, 0])], {}, domain),
  },
  'com.microsoft::ExpandDims': {
    plain: (g, x) => g.op('ExpandDims', [x, g.constant(tensor('int32', [1], Int32Array.of(-2)))], {}, domain),
  },
  'com.microsoft::Trilu': { plain: (g, x) => g.op('Trilu', [x], {}, domain) },
  'com.microsoft::Range': {
    plain: (g) => g.op('Range', [g.scalar(1), g.scalar(8), g.scalar(3)], {}, domain),
  },
  'com.microsoft::Inverse': {
    plain: (g, x) => g.op('Inverse', [g.add(x, g.constant(float32([6, 6], identity(6))))], {}, domain),
  },
  'com.microsoft::CDist': {
    plain: (g, x) => g.op('CDist', [rows(g, x), ones(g, [5, 144])], {}, domain),
  },
  'com.microsoft::CropAndResize': {
    plain: (g, x) => {
      const [boxes, images] = [ones(g, [3, 4]), g.constant(tensor('int32', [3], Int32Array.of(0, 1, 0)))];
      const size = g.constant(tensor('int32', [2], Int32Array.of(2, 3)));
      return g.op('CropAndResize', [x, boxes, images, size], {}, domain);
    },
  },
  'ai.onnx.ml::Scaler': {
    plain: (g, x) => g.op('Scaler', [rows(g, x)], { offset: floats([1]), scale: floats([2]) }, learning),
  },
  'ai.onnx.ml::Normalizer': { plain: (g, x) => g.op('Normalizer', [rows(g, x)], { norm: 'L2' }, learning) },
  'ai.onnx.ml::Binarizer': {
    plain: (g, x) => g.op('Binarizer', [rows(g, x)], { threshold: float(0.5) }, learning),
  },
  'ai.onnx.ml::Imputer': {
    plain: (g, x) => g.op('Imputer', [rows(g, x)], { imputed_value_floats: floats([1]) }, learning),
  },
  'ai.onnx.ml::ArrayFeatureExtractor': {
    plain: (g, x) => g.op('ArrayFeatureExtractor', [rows(g, x), g.ints([3, 1, 2])], {}, learning),
  },
  'ai.onnx.ml::LinearClassifier': {
    numbers: (g, x) =>
      g.ops(
        'LinearClassifier',
        [rows(g, x)],
        {
          coefficients: floats(Array(432).fill(1)),
          intercepts: floats([0, 0, 0]),
          classlabels_ints: [4, 5, 6],
        },
        { ...learning, outputs: 2 },
      ),
    words: (g, x) =>
      g.ops(
        'LinearClassifier',
        [rows(g, x)],
        {
          coefficients: floats(Array(288).fill(1)),
          intercepts: floats([0, 0]),
          classlabels_strings: ['cat', 'dog'],
        },
        { ...learning, outputs: 2 },
      ),
  },
  'ai.onnx.ml::LinearRegressor': {
    plain: (g, x) =>
      g.op(
        'LinearRegressor',
        [rows(g, x)],
        { coefficients: floats(Array(288).fill(1)), targets: 2 },
        learning,
      ),
  },
  'ai.onnx.ml::SVMRegressor': {
    plain: (g, x) =>
      g.op(
        'SVMRegressor',
        [rows(g, x)],
        {
          coefficients: floats([1]),
          kernel_params: floats([1, 0, 3]),
          kernel_type: 'LINEAR',
          n_supports: 1,
          rho: floats([0]),
          support_vectors: floats(Array(144).fill(1)),
        },
        learning,
      ),
  },
  'ai.onnx.ml::TreeEnsembleClassifier': {
    plain: (g, x) =>
      g.ops(
        'TreeEnsembleClassifier',
        [rows(g, x)],
        {
          ...stump,
          class_ids: [0, 1],
          class_nodeids: [1, 2],
          class_treeids: [0, 0],
          class_weights: floats([1, 1]),
          classlabels_int64s: [0, 1],
        },
        { ...learning, outputs: 2 },
      ),
  },
  'ai.onnx.ml::TreeEnsembleRegressor': {
    plain: (g, x) =>
      g.op(
        'TreeEnsembleRegressor',
        [rows(g, x)],
        {
          ...stump,
          n_targets: 1,
          target_ids: [0, 0],
          target_nodeids: [1, 2],
          target_treeids: [0, 0],
          target_weights: floats([1, 2]),
        },
        learning,
      ),
  },
};

const identity = (size: number): number[] =>
  Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 9 : 0));
