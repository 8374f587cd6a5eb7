import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';

/**
 * A classifier that counts its classes in another order: output k is what was output `order[k]`.
 *
 * @param order each class of the model once
 */
export function withClassOrder(model: Model, order: readonly number[]): Model {
  const g = new GraphBuilder(model, 'classes/');
  g.clearOutputs();
  g.output(g.gather(model.graph.outputs[0]!.name, g.ints(order), 1));
  return g.build();
}
