import { ToolkitError } from '../base/errors.js';
import type { DType, Tensor } from '../tensor/tensor.js';
import { isStatic } from './dims.js';
import type { Environment } from './environment.js';
import {
  type AttributeInit,
  attributesFrom,
  type Dim,
  type Graph,
  type Model,
  type Node,
  TOOLKIT_OPSET,
  type Value,
  type ValueType,
} from './graph.js';
import { environmentOf, inferNode } from './infer.js';
import { inputsOf, prune, topological } from './order.js';
import { identity } from './rewrite/copy.js';
import { Names } from './rewrite/value-names.js';
import { type Operand, type OpOptions, Vocabulary } from './vocabulary.js';

/**
 * Writes a graph node by node, knowing the shape of everything written so far.
 * Values are their names; equal constants are stored once.
 */
export class GraphBuilder extends Vocabulary {
  readonly nodes: Node[] = [];
  private readonly initializers = new Map<string, Tensor>();
  private inputs: Value[] = [];
  private outputs: Value[] = [];
  private names = new Names();
  private readonly constants = new Map<string, string>();
  private readonly counters = new Map<string, number>();
  private env: Environment = environmentOf();

  /**
   * @param base continue this model: its nodes, values, metadata and operator set are kept
   * @param prefix what invented names begin with
   * @param nodes of the base: written as they are, or left for the caller to copy or replace one by one
   */
  constructor(
    private readonly base?: Model,
    private readonly prefix = 'fp/',
    nodes: 'kept' | 'rewritten' = 'kept',
  ) {
    super();
    if (!base) return;
    const { graph } = base;
    this.inputs = [...graph.inputs];
    this.outputs = [...graph.outputs];
    for (const [name, value] of graph.initializers) this.initializers.set(name, value);
    this.names = new Names(graph);
    this.env = environmentOf(graph);
    if (nodes === 'kept') for (const node of topological(graph)) this.copy(node);
  }

  // ---- structure
  // -------------------------------------------------------------------------------------------

  input(name: string, dtype: DType, dims: readonly Dim[]): string {
    this.claim(name);
    const type = { dtype, dims };
    this.inputs.push({ name, type });
    this.env.declare(name, type);
    return name;
  }

  /** Lists a value as an output of the graph, under a name of its own when `as` is given. */
  output(value: string, as?: string): string {
    const name = as && as !== value ? this.op('Identity', [value], {}, { outputs: [as] }) : value;
    const type = this.env.type(name);
    this.outputs.push({ name, ...(type && { type }) });
    return name;
  }

  clearOutputs(): void {
    this.outputs = [];
  }

  /** Stored weights: named, never merged with others. */
  initializer(name: string, value: Tensor): string {
    this.claim(name);
    this.initializers.set(name, value);
    this.env.declareTensor(name, value);
    return name;
  }

  /** A constant, merged with an equal one written before. */
  constant(value: Tensor): string {
    const spelled = (v: unknown) => (Object.is(v, -0) ? '-0' : String(v));
    const content =
      value.data.length <= 64
        ? Array.from(value.data as ArrayLike<unknown>, spelled).join()
        : this.initializers.size;
    const key = `${value.dtype}[${value.dims}]${content}`;
    const found = this.constants.get(key);
    if (found) return found;
    const name = this.initializer(this.fresh('const'), value);
    this.constants.set(key, name);
    return name;
  }

  /** Writes a node and returns all its outputs. */
  ops(
    op: string,
    inputs: readonly Operand[],
    attributes: Readonly<Record<string, AttributeInit>> = {},
    { outputs = 1, domain = '' }: OpOptions = {},
  ): readonly string[] {
    const peer = inputs.find((i): i is string => typeof i === 'string' && i !== '');
    const dtype = (peer && this.env.type(peer)?.dtype) || 'float32';
    const names =
      typeof outputs === 'number' ? Array.from({ length: outputs }, () => this.fresh(op)) : outputs;
    for (const name of names) if (name !== '') this.claim(name);
    this.copy({
      op,
      domain,
      name: names[0] ?? '',
      inputs: inputs.map((i) => (typeof i === 'number' ? this.scalar(i, dtype) : i)),
      outputs: names,
      attributes: attributesFrom(attributes),
    });
    return names;
  }

  // ---- knowledge
  // -------------------------------------------------------------------------------------------

  typeOf(value: string): ValueType | undefined {
    return this.env.type(value);
  }

  /** Shape of a value; throws `unknown-shape` when it cannot be worked out. */
  dims(value: string): readonly Dim[] {
    const dims = this.env.type(value)?.dims;
    if (!dims) throw new ToolkitError('unknown-shape', { node: value, reason: 'no rule infers it' });
    return dims;
  }

  dtype(value: string): DType {
    return this.env.type(value)?.dtype ?? 'float32';
  }

  /** Numbers of a short vector or scalar that are known without running the graph. */
  content(value: string): readonly number[] | undefined {
    const content = this.env.list(value);
    return content && isStatic(content) ? content : undefined;
  }

  initializerOf(value: string): Tensor | undefined {
    return this.initializers.get(value);
  }

  build(name = this.base?.graph.name ?? 'graph'): Model {
    const graph: Graph = {
      name,
      inputs: this.inputs,
      outputs: this.outputs,
      nodes: this.nodes,
      initializers: this.initializers,
      ...(this.base?.graph.stated && { stated: this.base.graph.stated }),
      ...(this.base?.graph.origin && { origin: this.base.graph.origin }),
    };
    return {
      irVersion: Math.max(this.base?.irVersion ?? 0, 9),
      opsets: this.opsets(),
      producer: 'foolproof',
      metadata: this.base?.metadata ?? new Map(),
      ...(this.base?.functions && { functions: this.base.functions }),
      ...(this.base?.origin && { origin: this.base.origin }),
      graph: prune(graph),
    };
  }

  /** Operator sets of the base, and the first of every other domain that a node is of. */
  private opsets(): ReadonlyMap<string, number> {
    const known = this.base?.opsets ?? new Map([['', TOOLKIT_OPSET]]);
    const others = new Set(this.nodes.map(({ domain }) => domain).filter((domain) => !known.has(domain)));
    return others.size === 0
      ? known
      : new Map([...known, ...[...others].map((domain) => [domain, 1] as const)]);
  }

  /**
   * Asks a node that is already written for one more of its optional outputs (the indices of a MaxPool, say).
   */
  extraOutput(node: Node, index: number): string {
    const at = this.nodes.findIndex((n) => n.outputs[0] === node.outputs[0]);
    const current = this.nodes[at]!;
    if (current.outputs[index]) return current.outputs[index];
    const outputs = [...current.outputs];
    while (outputs.length <= index) outputs.push('');
    const name = this.names.claim(this.fresh(`${node.op}_${index}`));
    outputs[index] = name;
    const asked = { ...current, outputs };
    this.nodes[at] = asked;
    inferNode(asked, this.env);
    return name;
  }

  /** Works out what a node's outputs will be, without writing it. */
  expect(node: Node): void {
    inferNode(node, this.env);
  }

  /** Writes a node as it is. */
  copy(node: Node): void {
    for (const output of node.outputs) this.names.claim(output);
    this.nodes.push(node);
    inferNode(node, this.env);
  }

  /**
   * Gives a value of this graph the name of one that is still to be written: what reads that name then reads
   * this value.
   */
  name(value: string, as: string): void {
    const at = this.nodes.findLastIndex((node) => node.outputs.includes(value));
    const node = this.nodes[at];
    const isRead = this.nodes.slice(at + 1).some((later) => inputsOf(later).includes(value));
    // Another node may go by that name.
    const isTaken = this.base?.graph.nodes.some(({ name, outputs }) => name === as && !outputs.includes(as));
    const nodeName = isTaken ? '' : as;
    if (!node || isRead || this.outputs.some((output) => output.name === value)) {
      this.copy({ ...identity(value, as), name: nodeName });
      return;
    }
    const outputs = node.outputs.map((name) => (name === value ? as : name));
    const named = { ...node, name: node.name === value ? nodeName : node.name, outputs };
    this.nodes[at] = named;
    this.names.claim(as);
    inferNode(named, this.env);
  }

  private claim(name: string): void {
    if (this.names.has(name)) throw new RangeError(`the graph already has a value named "${name}"`);
    this.names.claim(name);
  }

  /** Whether a value or a node has this name, whatever else is known of it. */
  has(name: string): boolean {
    return this.names.has(name);
  }

  /** A name no value has, readable in a graph viewer. */
  fresh(hint: string): string {
    for (;;) {
      const count = (this.counters.get(hint) ?? 0) + 1;
      this.counters.set(hint, count);
      const name = `${this.prefix}${hint}_${count}`;
      if (!this.names.has(name)) return name;
    }
  }
}
