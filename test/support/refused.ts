import { floats, GraphBuilder, type Model } from './toolkit.js';

/** The operators that `behindRefused` puts behind a model. */
export const REFUSED = ['ai.onnx.ml::Normalizer', 'ai.onnx.ml::Scaler'] as const;

/**
 * The model with operators behind its output [N, K] that the engine runs and that no rule differentiates:
 * those of classical machine learning. Each row is divided by its length and then left as it is, so that the
 * classes stay the same.
 */
export function behindRefused(model: Model): Model {
  const [output] = model.graph.outputs;
  const g = new GraphBuilder(model);
  const domain = { domain: 'ai.onnx.ml' };
  const scaled = g.op('Normalizer', [output?.name ?? ''], { norm: 'L2' }, domain);
  const same = g.op('Scaler', [scaled], { offset: floats([0]), scale: floats([1]) }, domain);
  g.clearOutputs();
  g.output(same, 'refused');
  const built = g.build();
  return {
    ...built,
    opsets: new Map([...built.opsets, ['ai.onnx.ml', 3]]),
    // No shape is inferred behind such operators: the file declares that of its output.
    graph: { ...built.graph, outputs: [{ ...output, name: 'refused' }] },
  };
}
