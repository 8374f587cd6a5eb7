import { float32 } from '../../tensor/tensor.js';
import type { GraphBuilder } from '../builder.js';
import type { LoweringFamily } from './lowering.js';

/** Operators of `ai.onnx.ml` that compute with numbers. */

const vector = (g: GraphBuilder, values: readonly number[]): string =>
  g.constant(float32(values.length === 1 ? [] : [values.length], values));

/** Sums of products with a row of coefficients for each result. */
function weighted(
  g: GraphBuilder,
  x: string,
  coefficients: readonly number[],
  intercepts: readonly number[] | undefined,
  results: number,
): string {
  const weights = g.constant(float32([results, coefficients.length / results], coefficients));
  const inputs = [x, weights, ...(intercepts ? [g.constant(float32([results], intercepts))] : [])];
  return g.op('Gemm', inputs, { transB: 1 });
}

function transformed(g: GraphBuilder, scores: string, transform: string): string | undefined {
  if (transform === 'NONE') return scores;
  if (transform === 'LOGISTIC') return g.op('Sigmoid', [scores]);
  return transform === 'SOFTMAX' ? g.op('Softmax', [scores], { axis: 1 }) : undefined;
}

const isSingle = (g: GraphBuilder, value: string) => g.dtype(value) === 'float32';

export const machineLearning = {
  'ai.onnx.ml::Scaler': (c) => {
    const { g } = c;
    const { offset, scale } = c.attributes;
    if (!isSingle(g, c.x(0))) return undefined;
    const moved = offset ? g.sub(c.x(0), vector(g, offset)) : c.x(0);
    return [scale ? g.mul(moved, vector(g, scale)) : moved];
  },
  'ai.onnx.ml::Normalizer': (c) => {
    const { g } = c;
    const { norm } = c.attributes;
    if (!isSingle(g, c.x(0)) || c.dims(0).length !== 2) return undefined;
    const axes = g.ints([1]);
    const op = { L1: 'ReduceL1', L2: 'ReduceL2', MAX: 'ReduceMax' }[norm];
    if (!op) return undefined;
    const size = g.op(op, [c.x(0), axes], { keepdims: 1 });
    const isNone = g.equal(size, 0);
    return [g.div(c.x(0), g.where(isNone, 1, size))];
  },
  'ai.onnx.ml::Imputer': (c) => {
    const { g } = c;
    const { imputed_value_floats: values, replaced_value_float: replaced } = c.attributes;
    if (!isSingle(g, c.x(0)) || !values) return undefined;
    const missing = Number.isNaN(replaced) ? g.op('IsNaN', [c.x(0)]) : g.equal(c.x(0), replaced);
    return [g.where(missing, vector(g, values), c.x(0))];
  },
  'ai.onnx.ml::ArrayFeatureExtractor': (c) => {
    const { g } = c;
    if (c.dims(0).length < 2) return undefined;
    return [g.gather(c.x(0), g.op('Reshape', [c.x(1), g.ints([-1])]), c.dims(0).length - 1)];
  },
  'ai.onnx.ml::LinearClassifier': (c) => {
    const { g } = c;
    const { coefficients, intercepts, classlabels_ints, classlabels_strings, post_transform } = c.attributes;
    const classes = (classlabels_strings ?? classlabels_ints)?.length ?? 0;
    const features = c.dims(0)[1];
    if (!isSingle(g, c.x(0)) || typeof features !== 'number') return undefined;
    if (classes < 2 || coefficients.length !== classes * features) return undefined;
    const scores = weighted(g, c.x(0), coefficients, intercepts, classes);
    const result = transformed(g, scores, post_transform);
    if (result === undefined) return undefined;
    // Labels are made as before: no gradient passes through them, and most models do not use them.
    const [label] = g.ops('LinearClassifier', c.node.inputs, c.node.attributes, {
      domain: 'ai.onnx.ml',
      outputs: 2,
    });
    return [label, result];
  },
  'ai.onnx.ml::LinearRegressor': (c) => {
    const { g } = c;
    const { coefficients = [], intercepts, targets, post_transform } = c.attributes;
    if (!isSingle(g, c.x(0)) || c.dims(0).length !== 2) return undefined;
    const result = transformed(g, weighted(g, c.x(0), coefficients, intercepts, targets), post_transform);
    return result === undefined ? undefined : [result];
  },
} as const satisfies LoweringFamily;
