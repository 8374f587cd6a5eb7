import type { Graph, Model } from '../graph.js';
import { copyBody } from './copy.js';
import { forget, Names } from './value-names.js';

/**
 * The model behind a graph that makes its input. The graph's inputs take the place of that input; its values
 * get names that the model does not have, what the model calls its input stays.
 *
 * @param front with one output
 * @param input name of the model's input; default: the first
 */
export function inFront(model: Model, front: Graph, input = model.graph.inputs[0]?.name ?? ''): Model {
  const { graph } = model;
  const names = new Names(graph);
  const inputs = front.inputs.map((value) => ({ ...value, name: names.fresh(value.name) }));
  const copied = copyBody(
    front,
    inputs.map((v) => v.name),
    [input],
    names,
    '',
  );
  return {
    ...model,
    graph: {
      ...forget(graph, [input]),
      inputs: graph.inputs.flatMap((value) => (value.name === input ? inputs : [value])),
      nodes: [...copied.nodes, ...graph.nodes],
      initializers: new Map([...copied.initializers, ...graph.initializers]),
    },
  };
}

/**
 * The model with a graph that works on one of its outputs: the graph's outputs take the place of that output.
 *
 * @param back with one input
 * @param output name of the model's output; default: the first
 */
export function behind(model: Model, back: Graph, output = model.graph.outputs[0]?.name ?? ''): Model {
  const { graph } = model;
  const names = new Names(graph);
  const outputs = back.outputs.map((value) => ({ ...value, name: names.fresh(value.name) }));
  const copied = copyBody(
    back,
    [output],
    outputs.map((v) => v.name),
    names,
    '',
  );
  return {
    ...model,
    graph: {
      ...graph,
      outputs: graph.outputs.flatMap((value) => (value.name === output ? outputs : [value])),
      nodes: [...graph.nodes, ...copied.nodes],
      initializers: new Map([...graph.initializers, ...copied.initializers]),
    },
  };
}
