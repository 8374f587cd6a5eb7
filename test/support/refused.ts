import { GraphBuilder, type Model } from './toolkit.js';

/** The operators that `behindRefused` puts behind a model. */
export const REFUSED = ['SequenceAt', 'SequenceConstruct'] as const;

/**
 * The model with operators behind its output [N, K] that the engine runs and that no rule differentiates: a
 * sequence of one element, and that element.
 */
export function behindRefused(model: Model): Model {
  const [output] = model.graph.outputs;
  const g = new GraphBuilder(model);
  const sequence = g.op('SequenceConstruct', [output?.name ?? '']);
  const same = g.op('SequenceAt', [sequence, g.scalar(0, 'int64')]);
  g.clearOutputs();
  g.output(same, 'refused');
  const built = g.build();
  // No shape is inferred behind such operators: the file declares that of its output.
  return { ...built, graph: { ...built.graph, outputs: [{ ...output, name: 'refused' }] } };
}
