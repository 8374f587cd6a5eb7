import { MODEL_LIMITS } from '../../base/limits.js';
import { bodiesOf, type Graph, type Node } from '../graph.js';

/** Names that a graph and the graphs inside it give to values and nodes. */
export function namesIn(graph: Pick<Graph, 'inputs' | 'initializers' | 'nodes'>): Set<string> {
  const names = new Set([...graph.inputs.map((v) => v.name), ...graph.initializers.keys()]);
  for (const node of graph.nodes) {
    if (node.name !== '') names.add(node.name);
    for (const output of node.outputs) names.add(output);
    for (const body of bodiesOf(node)) for (const name of namesIn(body)) names.add(name);
  }
  names.delete('');
  return names;
}

/** Names that are taken, and new ones. */
export class Names {
  private readonly taken: Set<string>;
  private readonly counts = new Map<string, number>();

  constructor(graph?: Pick<Graph, 'inputs' | 'initializers' | 'nodes'>) {
    this.taken = graph ? namesIn(graph) : new Set();
  }

  has(name: string): boolean {
    return this.taken.has(name);
  }

  claim(name: string): string {
    this.taken.add(name);
    return name;
  }

  /** The wanted name, or "name_2", "name_3" ... when others have it; it is given out once. */
  fresh(wanted: string): string {
    // Names of bodies within bodies are put together from those around them, and would double each time.
    const short = wanted.length <= MODEL_LIMITS.name ? wanted : wanted.slice(0, MODEL_LIMITS.name);
    let name = short;
    while (this.taken.has(name)) {
      const count = (this.counts.get(short) ?? 1) + 1;
      this.counts.set(short, count);
      name = `${short}_${count}`;
    }
    return this.claim(name);
  }
}

/** A graph without what the file states of values that no longer are what they were. */
export function forget(graph: Graph, names: Iterable<string>): Graph {
  if (!graph.stated) return graph;
  const stated = new Map(graph.stated);
  for (const name of names) stated.delete(name);
  return { ...graph, stated };
}

/**
 * A node that reads values by other names, the bodies that it holds included; what it writes keeps its names.
 */
export function reading(node: Node, names: ReadonlyMap<string, string>): Node {
  if (names.size === 0) return node;
  const changed = bodiesOf(node).length > 0 || node.inputs.some((name) => names.has(name));
  if (!changed) return node;
  const attributes = Object.entries(node.attributes).map(([key, attribute]) => [
    key,
    attribute.kind === 'graph' ? { ...attribute, value: readingWithin(attribute.value, names) } : attribute,
  ]);
  const inputs = node.inputs.map((name) => names.get(name) ?? name);
  return { ...node, inputs, attributes: Object.fromEntries(attributes) };
}

function readingWithin(body: Graph, names: ReadonlyMap<string, string>): Graph {
  const own = new Set([
    ...body.inputs.map((v) => v.name),
    ...body.initializers.keys(),
    ...body.nodes.flatMap((node) => node.outputs),
  ]);
  const outer = new Map([...names].filter(([name]) => !own.has(name)));
  if (outer.size === 0) return body;
  const outputs = body.outputs.map((value) => {
    const name = outer.get(value.name);
    return name === undefined ? value : { ...value, name };
  });
  return { ...body, outputs, nodes: body.nodes.map((node) => reading(node, outer)) };
}
