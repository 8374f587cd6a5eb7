import type { Tensor } from '../../tensor/tensor.js';
import type { Graph, Node } from '../graph.js';
import { copyBody } from './copy.js';
import type { Names } from './value-names.js';

/** What the names of values of a loop's iterations begin with. */
export const prefixOf = (node: Node): string => `${node.name || node.outputs[0]}/`;

/** The body of a loop, written out once for each iteration; its weights are stored once. */
export class Iterations {
  /** What the last iteration put out ahead of the state: the condition of a Loop. */
  head: readonly string[] = [];
  /** For each output of the body behind the state, the values of all iterations. */
  readonly collected: readonly string[][];
  private readonly body: Pick<Graph, 'inputs' | 'outputs' | 'nodes' | 'initializers'>;
  private readonly weights: readonly string[];

  /**
   * @param state values before the first iteration
   * @param ahead outputs of the body that come before its state
   */
  constructor(
    private readonly node: Node,
    body: Graph,
    public state: readonly string[],
    private readonly ahead: number,
    private readonly names: Names,
    store: (name: string, value: Tensor) => void,
  ) {
    const weights = [...body.initializers];
    this.weights = weights.map(([name]) => names.fresh(`${prefixOf(node)}${name}`));
    for (const [i, [, value]] of weights.entries()) store(this.weights[i] ?? '', value);
    this.body = {
      ...body,
      inputs: [...body.inputs, ...weights.map(([name]) => ({ name }))],
      initializers: new Map(),
    };
    const count = body.outputs.length - ahead - state.length;
    this.collected = Array.from({ length: Math.max(0, count) }, () => []);
  }

  /**
   * The nodes of iteration k.
   * @param before what the body takes ahead of the state
   * @param behind what it takes behind it
   */
  write(k: number, before: readonly string[], behind: readonly string[]): readonly Node[] {
    const prefix = `${prefixOf(this.node)}${k}/`;
    const inputs = [...before, ...this.state, ...behind, ...this.weights];
    const outputs = this.body.outputs.map(({ name }) => this.names.fresh(`${prefix}${name}`));
    const { nodes } = copyBody(this.body, inputs, outputs, this.names, prefix);
    const states = this.ahead + this.state.length;
    this.head = outputs.slice(0, this.ahead);
    this.state = outputs.slice(this.ahead, states);
    for (const [i, values] of this.collected.entries()) values.push(outputs[states + i] ?? '');
    return nodes;
  }
}
