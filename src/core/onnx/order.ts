import { ToolkitError } from '../base/errors.js';
import { bodiesOf, type Graph, type Node, nodeLabel } from './graph.js';

/**
 * Everything a node reads: its inputs, and what the bodies of its sub-graphs (If, Loop, Scan) take from
 * outside.
 */
export function inputsOf(node: Node): readonly string[] {
  const bodies = bodiesOf(node);
  return bodies.length === 0 ? node.inputs : [...node.inputs, ...bodies.flatMap(capturedBy)];
}

const captures = new WeakMap<Graph, readonly string[]>();

/** Names that a sub-graph uses and does not define. */
export function capturedBy(graph: Graph): readonly string[] {
  const known = captures.get(graph);
  if (known) return known;
  const defined = new Set([
    ...graph.inputs.map((v) => v.name),
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap((node) => node.outputs),
  ]);
  const used = [...graph.nodes.flatMap(inputsOf), ...graph.outputs.map((v) => v.name)];
  const captured = used.filter((name) => name !== '' && !defined.has(name));
  captures.set(graph, captured);
  return captured;
}

/**
 * The nodes so that each comes after those it needs (ONNX demands it; hand-made files forget it).
 * @param around of a sub-graph: names that it may use of the graph around it
 * @throws ToolkitError `corrupt-model` naming every value that nothing produces, is produced twice, or is
 * part of a cycle
 */
export function topological(graph: Graph, source = 'model', around: Iterable<string> = []): readonly Node[] {
  const problems: string[] = [];
  const ready = new Set<string>([
    '',
    ...graph.inputs.map((v) => v.name),
    ...graph.initializers.keys(),
    ...around,
  ]);
  const producer = new Map<string, Node>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (producer.has(output) || ready.has(output)) problems.push(`value "${output}" is produced twice`);
      producer.set(output, node);
    }
  }
  const missing = (name: string, where: string) => {
    if (!ready.has(name) && !producer.has(name))
      problems.push(`${where} uses "${name}", which nothing produces`);
  };
  for (const node of graph.nodes) for (const input of inputsOf(node)) missing(input, nodeLabel(node));
  for (const output of graph.outputs) missing(output.name, 'the output list');
  if (problems.length > 0) throw new ToolkitError('corrupt-model', { source, problems });

  return isOrdered(graph.nodes, ready) ? graph.nodes : sorted(graph.nodes, ready, source);
}

/** The order of the file is kept where it is valid: it is the one that its author optimised for. */
function isOrdered(nodes: readonly Node[], ready: ReadonlySet<string>): boolean {
  const done = new Set(ready);
  return nodes.every((node) => {
    if (!inputsOf(node).every((name) => done.has(name))) return false;
    for (const output of node.outputs) done.add(output);
    return true;
  });
}

function sorted(nodes: readonly Node[], ready: ReadonlySet<string>, source: string): readonly Node[] {
  const ordered: Node[] = [];
  const waiting = new Map<Node, number>();
  const consumers = new Map<string, Node[]>();
  const queue: Node[] = [];
  for (const node of nodes) {
    const needs = new Set(inputsOf(node).filter((name) => !ready.has(name)));
    waiting.set(node, needs.size);
    for (const name of needs) {
      const others = consumers.get(name);
      if (others) others.push(node);
      else consumers.set(name, [node]);
    }
    if (needs.size === 0) queue.push(node);
  }
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at]!;
    ordered.push(node);
    for (const output of node.outputs) {
      for (const consumer of consumers.get(output) ?? []) {
        const left = waiting.get(consumer)! - 1;
        waiting.set(consumer, left);
        if (left === 0) queue.push(consumer);
      }
    }
  }
  if (ordered.length < nodes.length) {
    const stuck = nodes.filter((node) => waiting.get(node)! > 0).map(nodeLabel);
    throw new ToolkitError('corrupt-model', {
      source,
      problems: [`a cycle through ${stuck.slice(0, 3).join(', ')}`],
    });
  }
  return ordered;
}

/** Values that depend on any of `sources`, the sources included. */
export function dependents(nodes: readonly Node[], sources: Iterable<string>): Set<string> {
  const reached = new Set(sources);
  for (const node of nodes) {
    if (inputsOf(node).some((name) => name !== '' && reached.has(name)))
      for (const o of node.outputs) reached.add(o);
  }
  return reached;
}

/** Values that any of `targets` depends on, the targets included. */
export function ancestors(nodes: readonly Node[], targets: Iterable<string>): Set<string> {
  const needed = new Set(targets);
  for (const node of [...nodes].reverse()) {
    if (node.outputs.some((name) => name !== '' && needed.has(name)))
      for (const i of inputsOf(node)) needed.add(i);
  }
  return needed;
}

/** The graph without nodes and initializers that no output needs. */
export function prune(graph: Graph): Graph {
  const needed = ancestors(
    graph.nodes,
    graph.outputs.map((v) => v.name),
  );
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => node.outputs.some((name) => name !== '' && needed.has(name))),
    initializers: new Map([...graph.initializers].filter(([name]) => needed.has(name))),
  };
}
