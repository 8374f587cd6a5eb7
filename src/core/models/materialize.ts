import { ToolkitError } from '../base/errors.js';
import type { Model } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { topological } from '../onnx/order.js';
import { RESHAPINGS_KEY, type WeightLayer, weightLayers } from '../reshaping/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { type DType, expectType, type Tensor } from '../tensor/tensor.js';
import { evaluate, withStored } from './fold-weights.js';

/**
 * The effective weights that the layers multiply with, after all reshapings, by name and in the order of
 * computation. The engine evaluates what is stored in reshaped form.
 *
 * @param only names of the weights wanted; default: those of all layers
 * @throws ToolkitError `bad-value` for weights that are not float32
 */
export async function effectiveWeights(
  model: Model,
  runtime: Runtime,
  only?: readonly string[],
): Promise<Map<string, Tensor<'float32'>>> {
  const { graph } = model;
  const layers = weightLayers(model).filter(({ weight }) => !only || only.includes(weight));
  const types = inferShapes({ ...graph, nodes: topological(graph) });
  for (const layer of layers) checkType(layer, types.type(layer.weight)?.dtype);
  const names = layers.map((layer) => layer.weight);
  const values = await evaluate(
    model,
    names.filter((name) => !graph.initializers.has(name)),
    runtime,
  );
  return new Map(
    names.flatMap((name) => {
      const value = graph.initializers.get(name) ?? values[name];
      return value ? [[name, expectType(value, 'float32', name)]] : [];
    }),
  );
}

function checkType({ label, weight }: WeightLayer, dtype: DType | undefined): void {
  if (dtype === 'float32') return;
  const what = `weight ${weight} of layer ${label}`;
  throw new ToolkitError('bad-value', { what, expected: 'float32', received: dtype ?? 'an unknown type' });
}

/**
 * The same classifier with every reshaped weight stored as the plain numbers that it stands for. Larger,
 * equal in function, and without the seconds that evaluating hashes takes whenever a session is made.
 */
export async function materialize(model: Model, runtime: Runtime): Promise<Model> {
  const computed = weightLayers(model).filter(({ weight }) => !model.graph.initializers.has(weight));
  if (computed.length === 0) return model;
  const names = computed.map(({ weight }) => weight);
  const weights = await effectiveWeights(model, runtime, names);
  const folded = withStored(model, weights);
  const metadata = new Map(model.metadata);
  metadata.delete(RESHAPINGS_KEY);
  return { ...folded, metadata };
}
