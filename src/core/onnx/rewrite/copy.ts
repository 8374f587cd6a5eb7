import type { Tensor } from '../../tensor/tensor.js';
import type { Attribute, Graph, Node } from '../graph.js';
import type { Names } from './value-names.js';

/** A body that is written into another graph. */
export interface Copied {
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Tensor>;
}

type Body = Pick<Graph, 'nodes' | 'initializers' | 'outputs'> & {
  readonly inputs: readonly { name: string }[];
};

/**
 * The nodes of a body as nodes of another graph: its inputs and outputs get the names of the values that they
 * are there, everything else in it gets names of its own. What it takes from outside stays.
 *
 * @param inputs for each input of the body the value that it stands for; '' when the caller leaves it out
 * @param outputs for each output of the body the name of the result; '' when it is not used
 * @param prefix what new names begin with
 */
export function copyBody(
  body: Body,
  inputs: readonly string[],
  outputs: readonly string[],
  names: Names,
  prefix: string,
): Copied {
  const bound = new Map(body.inputs.map(({ name }, i) => [name, inputs[i] ?? '']));
  const produced = new Set(body.nodes.flatMap((node) => node.outputs));
  const passed: Node[] = [];
  body.outputs.forEach(({ name }, i) => {
    const result = outputs[i] ?? '';
    if (result === '') return;
    if (produced.has(name) && !bound.has(name)) bound.set(name, result);
    else passed.push(identity(name, result));
  });
  const initializers = new Map<string, Tensor>();
  for (const [name, value] of body.initializers) {
    const own = names.fresh(`${prefix}${name}`);
    bound.set(name, own);
    initializers.set(own, value);
  }
  const nodes = copyNodes(body.nodes, bound, names, prefix);
  // An output that no node of the body makes: an input, a constant, a value from outside, or one that is
  // asked for twice.
  const copies = passed.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => bound.get(name) ?? name),
  }));
  return { nodes: [...nodes, ...copies], initializers };
}

export const identity = (from: string, to: string): Node => ({
  op: 'Identity',
  domain: '',
  name: to,
  inputs: [from],
  outputs: [to],
  attributes: {},
});

function copyNodes(
  nodes: readonly Node[],
  bound: Map<string, string>,
  names: Names,
  prefix: string,
): readonly Node[] {
  for (const output of nodes.flatMap((node) => node.outputs)) {
    if (output !== '' && !bound.has(output)) bound.set(output, names.fresh(`${prefix}${output}`));
  }
  const given = (name: string) => bound.get(name) ?? name;
  return nodes.map((node) => ({
    ...node,
    name: nameOf(node, given, names, prefix),
    inputs: node.inputs.map(given),
    outputs: node.outputs.map(given),
    attributes: withBodies(node, (body) => copyGraph(body, bound, names, prefix)),
  }));
}

/** A node that goes by its output goes on doing so. */
function nameOf(node: Node, given: (name: string) => string, names: Names, prefix: string): string {
  if (node.name === '' || node.name === node.outputs[0]) return given(node.name);
  return names.fresh(`${prefix}${node.name}`);
}

/** The attributes of a node with its bodies replaced. */
export function withBodies(node: Node, replace: (body: Graph) => Graph): Node['attributes'] {
  const entries = Object.entries(node.attributes).map(([name, attribute]): [string, Attribute] => [
    name,
    attribute.kind === 'graph' ? { kind: 'graph', value: replace(attribute.value) } : attribute,
  ]);
  return Object.fromEntries(entries);
}

function copyGraph(body: Graph, outer: ReadonlyMap<string, string>, names: Names, prefix: string): Graph {
  const bound = new Map(outer);
  for (const name of [...body.inputs.map((v) => v.name), ...body.initializers.keys()])
    bound.set(name, names.fresh(`${prefix}${name}`));
  for (const name of body.nodes.flatMap((node) => node.outputs)) bound.delete(name);
  const nodes = copyNodes(body.nodes, bound, names, prefix);
  const given = (name: string) => bound.get(name) ?? name;
  const { stated, ...rest } = body;
  return {
    ...rest,
    inputs: body.inputs.map((value) => ({ ...value, name: given(value.name) })),
    outputs: body.outputs.map((value) => ({ ...value, name: given(value.name) })),
    initializers: new Map([...body.initializers].map(([name, value]) => [given(name), value])),
    nodes,
    ...(stated && { stated: new Map([...stated].map(([name, type]) => [given(name), type])) }),
  };
}
