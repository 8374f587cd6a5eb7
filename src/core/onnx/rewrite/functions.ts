import { ToolkitError } from '../../base/errors.js';
import { MODEL_LIMITS } from '../../base/limits.js';
import type { Tensor } from '../../tensor/tensor.js';
import { constantOf } from '../constants.js';
import type { Attribute, Graph, LocalFunction, Model, Node } from '../graph.js';
import { copyBody, withBodies } from './copy.js';
import { Names } from './value-names.js';

/** Functions that call functions: ONNX forbids recursion, a file may not. */
const MAX_DEPTH = 64;

const keyOf = (domain: string, name: string, overload: string) => `${domain}::${name}::${overload}`;

/**
 * The model with its own functions written out where they are called, bodies of nodes included: what is left
 * are operators.
 *
 * @returns the model itself when it has no functions
 * @throws ToolkitError `corrupt-model` for functions that call themselves
 */
export function inlineFunctions(model: Model, source = 'model'): Model {
  const { functions, ...rest } = model;
  if (!functions || functions.length === 0) return model;
  const known = new Map(functions.map((f) => [keyOf(f.domain, f.name, f.overload), f]));
  const names = new Names(model.graph);
  const initializers = new Map(model.graph.initializers);
  const context = { known, names, initializers, source, written: 0 };
  const nodes: Node[] = [];
  for (const node of model.graph.nodes.flatMap((node) => expand(node, context, 0))) {
    const constant = constantOf(node);
    if (constant) initializers.set(node.outputs[0] ?? '', constant);
    else nodes.push(node);
  }
  const opsets = new Map(model.opsets);
  for (const { opsets: own } of functions) {
    for (const [domain, version] of own) opsets.set(domain, Math.max(version, opsets.get(domain) ?? 0));
  }
  return { ...rest, opsets, graph: { ...model.graph, nodes, initializers } };
}

interface Context {
  readonly known: ReadonlyMap<string, LocalFunction>;
  readonly names: Names;
  readonly initializers: Map<string, Tensor>;
  readonly source: string;
  /** Nodes so far. */
  written: number;
}

function expand(node: Node, context: Context, depth: number): readonly Node[] {
  if (depth > MAX_DEPTH) {
    const problems = [`function "${node.op}" calls itself`];
    throw new ToolkitError('corrupt-model', { source: context.source, problems });
  }
  const limit = MODEL_LIMITS.nodes;
  if (++context.written > limit) {
    const what = 'the functions of the model, written out';
    throw new ToolkitError('too-large', { what, size: context.written, limit, unit: 'nodes' });
  }
  const within = (body: Graph): Graph => ({
    ...body,
    nodes: body.nodes.flatMap((inner) => expand(inner, context, depth)),
  });
  const called = context.known.get(keyOf(node.domain, node.op, node.origin?.overload ?? ''));
  if (!called) return [{ ...node, attributes: withBodies(node, within) }];
  const body = {
    inputs: called.inputs.map((name) => ({ name })),
    outputs: called.outputs.map((name) => ({ name })),
    nodes: called.nodes.map((inner) => resolved(inner, { ...called.defaults, ...node.attributes })),
    initializers: new Map<string, Tensor>(),
  };
  const prefix = `${node.name || node.outputs[0]}/`;
  const { nodes } = copyBody(body, node.inputs, node.outputs, context.names, prefix);
  return nodes.flatMap((inner) => expand(inner, context, depth + 1));
}

/** A node of a function's body with the caller's attributes in the places that refer to them. */
function resolved(node: Node, given: Readonly<Record<string, Attribute>>): Node {
  const attributes: Record<string, Attribute> = {};
  for (const [name, attribute] of Object.entries(node.attributes)) {
    if (attribute.kind === 'reference') {
      const value = Object.hasOwn(given, attribute.value) ? given[attribute.value] : undefined;
      if (value) attributes[name] = value;
    } else attributes[name] = attribute;
  }
  const within = (body: Graph): Graph => ({
    ...body,
    nodes: body.nodes.map((inner) => resolved(inner, given)),
  });
  const copy = { ...node, attributes };
  return { ...copy, attributes: withBodies(copy, within) };
}
