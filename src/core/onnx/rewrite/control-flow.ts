import type { Tensor } from '../../tensor/tensor.js';
import type { Environment } from '../environment.js';
import { bodiesOf, type Graph, type Model, type Node } from '../graph.js';
import { environmentOf, inferNode } from '../infer.js';
import { attributesOf } from '../operators/index.js';
import { topological } from '../order.js';
import { copyBody, withBodies } from './copy.js';
import { Unrolling } from './loops.js';
import { Names } from './value-names.js';

const CONTROL: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan']);

/** An operator that holds graphs and decides when they run. */
export const isControlFlow = (node: Pick<Node, 'op' | 'domain'>): boolean =>
  node.domain === '' && CONTROL.has(node.op);

const holdsControlFlow = (graph: Graph): boolean =>
  graph.nodes.some((node) => isControlFlow(node) || bodiesOf(node).some(holdsControlFlow));

/**
 * The model without the control flow that does not depend on its input: the branch that is taken in the place
 * of every `If` whose condition is known (a constant, or something that follows from the shapes), and the
 * iterations of every `Loop` and `Scan` whose number is known, one after the other. Exporters write them for
 * what their own language decided at run time, and for recurrent layers.
 *
 * Inside the branches of an `If` that stays, only other `If`s are written out. Loops are bounded by
 * `MAX_ITERATIONS` and by `MAX_NODES` (rewrite/loops.ts).
 *
 * @returns the model itself when there is nothing to write out
 */
export function inlineControlFlow(model: Model, source = 'model'): Model {
  if (!holdsControlFlow(model.graph)) return model;
  const given = { ...model.graph, nodes: topological(model.graph, source) };
  const graph = new Inliner(given, new Names(model.graph), undefined).inlined();
  return graph.nodes.every((node, i) => node === model.graph.nodes[i]) ? model : { ...model, graph };
}

/** What is left to write: nodes, and iterations that follow when the one before is written. */
type Work = Node | (() => readonly Work[]);

class Inliner {
  private readonly env: Environment;
  private readonly initializers: Map<string, Tensor>;
  private readonly nodes: Node[] = [];
  private readonly stored: string[] = [];
  private readonly waiting: Work[];
  private readonly unrolling: Unrolling;

  constructor(
    private readonly graph: Graph,
    private readonly names: Names,
    private readonly outer: Environment | undefined,
  ) {
    this.env = environmentOf(graph, outer);
    this.initializers = new Map(graph.initializers);
    this.waiting = [...graph.nodes].reverse();
    this.unrolling = new Unrolling(this.env, names, (name, value) => this.store(name, value));
  }

  inlined(): Graph {
    for (let work = this.waiting.pop(); work; work = this.waiting.pop()) {
      if (typeof work === 'function') this.schedule(work());
      else this.add(work);
    }
    return { ...this.graph, nodes: this.nodes, initializers: this.initializers };
  }

  private add(node: Node): void {
    if (isControlFlow(node) && (node.op === 'If' ? this.branch(node) : this.loop(node))) return;
    const changed = bodiesOf(node).some(holdsControlFlow)
      ? { ...node, attributes: withBodies(node, (body) => this.within(body)) }
      : node;
    this.keep(changed);
  }

  /** @returns whether the branch that is taken is known */
  private branch(node: Node): boolean {
    const [condition] = this.env.content(node.inputs[0] ?? '')?.values ?? [];
    if (typeof condition !== 'number') return false;
    const { then_branch, else_branch } = attributesOf(node, 'If');
    const branch = condition === 0 ? else_branch : then_branch;
    const copied = copyBody(branch, [], node.outputs, this.names, `${node.name || node.outputs[0]}/`);
    for (const [name, value] of copied.initializers) this.store(name, value);
    this.schedule(copied.nodes);
    return true;
  }

  /** @returns whether something is known of how often the loop runs */
  private loop(node: Node): boolean {
    // A loop inside a body that stays would be written out for every branch and loop around it.
    const next = this.outer ? undefined : this.unrolling.begin(node);
    if (!next) return false;
    const [nodes, stored] = [this.nodes.length, this.stored.length];
    const follow = (): readonly Work[] => {
      const step = next(this.nodes.length - nodes);
      if (step !== 'unknown') return step.isLast ? step.nodes : [...step.nodes, follow];
      // It depends on the input after all how often the loop runs: it stays as it was.
      this.nodes.length = nodes;
      for (const name of this.stored.splice(stored)) this.initializers.delete(name);
      this.keep(node);
      return [];
    };
    this.schedule([follow]);
    return true;
  }

  private keep(node: Node): void {
    this.nodes.push(node);
    inferNode(node, this.env);
  }

  private within(body: Graph): Graph {
    return new Inliner(body, this.names, this.env).inlined();
  }

  private schedule(works: readonly Work[]): void {
    for (const work of [...works].reverse()) this.waiting.push(work);
  }

  private store(name: string, value: Tensor): void {
    this.stored.push(name);
    this.initializers.set(name, value);
    this.env.declareTensor(name, value);
  }
}
