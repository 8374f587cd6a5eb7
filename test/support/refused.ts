import { GraphBuilder, type Model, tensor } from './toolkit.js';

/** The operators that `behindRefused` puts behind a model. */
export const REFUSED = ['Compress', 'ai.onnx.ml::FeatureVectorizer'] as const;

/**
 * The model with operators behind its output [N, K] that the engine runs and that no rule differentiates: one
 * takes all columns in their order, the other puts them side by side, so that the classes stay the same.
 */
export function behindRefused(model: Model): Model {
  const [output] = model.graph.outputs;
  const g = new GraphBuilder(model);
  const domain = { domain: 'ai.onnx.ml' };
  const columns = Number(output?.type?.dims?.at(-1));
  const all = g.constant(tensor('bool', [columns], new Uint8Array(columns).fill(1)));
  const taken = g.op('Compress', [output?.name ?? '', all], { axis: 1 });
  const same = g.op('FeatureVectorizer', [taken], { inputdimensions: [columns] }, domain);
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
