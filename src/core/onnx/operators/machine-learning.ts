import { float, floats, int, ints, required, string, strings, tensor } from './attributes.js';
import { type OperatorFamily, operator, type ShapeContext, type ShapeResult } from './operator.js';
import { same } from './types.js';

/** Operators of `ai.onnx.ml`, as converters of scikit-learn, XGBoost and LightGBM write them. */

const labels = { classlabels_ints: ints(), classlabels_strings: strings() };

/** A label for each row, and a number for each class. */
function classified(c: ShapeContext, isText: boolean, classes: number | undefined): ShapeResult {
  const rows = c.dims(0).length === 1 ? 1 : (c.dims(0)[0] ?? 1);
  return [
    { dtype: isText ? 'string' : 'int64', dims: [rows] },
    { dtype: 'float32', dims: [rows, classes ?? c.symbol('classes')] },
  ];
}

/** Rows of numbers of which trees or vectors make `targets` numbers each. */
const regressed = (c: ShapeContext, targets: number | undefined): ShapeResult => [
  { dtype: 'float32', dims: [c.dims(0)[0] ?? 1, targets ?? c.symbol('targets')] },
];

const nodes = {
  nodes_falsenodeids: ints(),
  nodes_featureids: ints(),
  nodes_hitrates: floats(),
  nodes_hitrates_as_tensor: tensor(),
  nodes_missing_value_tracks_true: ints(),
  nodes_modes: strings(),
  nodes_nodeids: ints(),
  nodes_treeids: ints(),
  nodes_truenodeids: ints(),
  nodes_values: floats(),
  nodes_values_as_tensor: tensor(),
};

const trees = {
  ...nodes,
  base_values: floats(),
  base_values_as_tensor: tensor(),
  post_transform: string('NONE'),
};

/** A result of numbers of single precision, of the shape of the input. */
const numbers = (c: ShapeContext): ShapeResult => [{ ...c.type(0), dtype: 'float32' }];

export const machineLearning = {
  'ai.onnx.ml::Scaler': operator({ attributes: { offset: floats(), scale: floats() }, shape: numbers }),
  'ai.onnx.ml::Normalizer': operator({ attributes: { norm: string('MAX') }, shape: numbers }),
  'ai.onnx.ml::Binarizer': operator({ attributes: { threshold: float(0) }, shape: same }),
  'ai.onnx.ml::Imputer': operator({
    attributes: {
      imputed_value_floats: floats(),
      imputed_value_int64s: ints(),
      replaced_value_float: float(0),
      replaced_value_int64: int(0),
    },
    shape: same,
  }),
  'ai.onnx.ml::ArrayFeatureExtractor': operator({
    attributes: {},
    shape: (c) => {
      const dims = c.dims(0);
      const count = c.dims(1).at(-1) ?? 1;
      return [{ ...c.type(0), dims: [...(dims.length === 1 ? [1] : dims.slice(0, -1)), count] }];
    },
  }),
  'ai.onnx.ml::LinearClassifier': operator({
    attributes: {
      ...labels,
      coefficients: required(floats()),
      intercepts: floats(),
      multi_class: int(0),
      post_transform: string('NONE'),
    },
    shape: (c) => {
      const { classlabels_strings: text, classlabels_ints: whole } = c.attributes;
      return classified(c, text !== undefined, (text ?? whole)?.length);
    },
  }),
  'ai.onnx.ml::LinearRegressor': operator({
    attributes: {
      coefficients: floats(),
      intercepts: floats(),
      post_transform: string('NONE'),
      targets: int(1),
    },
    shape: (c) => regressed(c, c.attributes.targets),
  }),
  'ai.onnx.ml::SVMClassifier': operator({
    attributes: {
      ...labels,
      coefficients: floats(),
      kernel_params: floats(),
      kernel_type: string('LINEAR'),
      post_transform: string('NONE'),
      prob_a: floats(),
      prob_b: floats(),
      rho: floats(),
      support_vectors: floats(),
      vectors_per_class: ints(),
    },
    // Without probabilities it may put out a number for each pair of classes.
    shape: (c) => classified(c, c.attributes.classlabels_strings !== undefined, undefined),
  }),
  'ai.onnx.ml::SVMRegressor': operator({
    attributes: {
      coefficients: floats(),
      kernel_params: floats(),
      kernel_type: string('LINEAR'),
      n_supports: int(0),
      one_class: int(0),
      post_transform: string('NONE'),
      rho: floats(),
      support_vectors: floats(),
    },
    shape: (c) => regressed(c, 1),
  }),
  'ai.onnx.ml::TreeEnsembleClassifier': operator({
    attributes: {
      ...trees,
      class_ids: ints(),
      class_nodeids: ints(),
      class_treeids: ints(),
      class_weights: floats(),
      class_weights_as_tensor: tensor(),
      classlabels_int64s: ints(),
      classlabels_strings: strings(),
    },
    shape: (c) => {
      const { classlabels_strings: text, classlabels_int64s: whole } = c.attributes;
      return classified(c, text !== undefined, (text ?? whole)?.length);
    },
  }),
  'ai.onnx.ml::TreeEnsembleRegressor': operator({
    attributes: {
      ...trees,
      aggregate_function: string('SUM'),
      n_targets: int(),
      target_ids: ints(),
      target_nodeids: ints(),
      target_treeids: ints(),
      target_weights: floats(),
      target_weights_as_tensor: tensor(),
    },
    shape: (c) => regressed(c, c.attributes.n_targets),
  }),
} as const satisfies OperatorFamily;
