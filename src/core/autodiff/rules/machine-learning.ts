import { flat, type RuleFamily, unsupported } from '../rule.js';

const vectors = unsupported('support vector machines have no gradient rule');
const linear = unsupported(
  'only with a row of coefficients for each class, of single precision, and a plain or logistic result',
);

/** Trees and thresholds are piecewise constant. */
export const machineLearning = {
  'ai.onnx.ml::Scaler': unsupported('only of numbers of single precision'),
  'ai.onnx.ml::Normalizer': unsupported('only of numbers of single precision'),
  'ai.onnx.ml::Imputer': unsupported('only of numbers of single precision'),
  'ai.onnx.ml::ArrayFeatureExtractor': unsupported('only of rows of numbers'),
  'ai.onnx.ml::LinearClassifier': linear,
  'ai.onnx.ml::LinearRegressor': linear,
  'ai.onnx.ml::SVMClassifier': vectors,
  'ai.onnx.ml::SVMRegressor': vectors,
  'ai.onnx.ml::Binarizer': flat,
  'ai.onnx.ml::TreeEnsembleClassifier': flat,
  'ai.onnx.ml::TreeEnsembleRegressor': flat,
} as const satisfies RuleFamily;
