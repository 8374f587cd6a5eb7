import { ToolkitError } from '../base/errors.js';
import { type DType, dtypes, float32, int64, type Tensor, tensor } from '../tensor/tensor.js';
import {
  type AttributeInit,
  attribute,
  type Dim,
  type Graph,
  type Model,
  type Node,
  TOOLKIT_OPSET,
  type Value,
  type ValueType,
} from './graph.js';
import { prune, topological } from './order.js';
import { Environment, inferNode } from './shapes/index.js';

/** A value name, or a number that becomes a scalar constant of the other operand's type. */
export type Operand = string | number;

interface OpOptions {
  /** Names of the outputs, or how many to invent (default 1). */
  readonly outputs?: number | readonly string[];
  readonly domain?: string;
}

/**
 * Writes a graph node by node, knowing the shape of everything written so far.
 * Values are their names; equal constants are stored once.
 */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  private readonly initializers = new Map<string, Tensor>();
  private inputs: Value[] = [];
  private outputs: Value[] = [];
  private readonly taken = new Set<string>();
  private readonly constants = new Map<string, string>();
  private readonly counters = new Map<string, number>();
  private env = new Environment();

  /**
   * @param base continue this model: its nodes, values, metadata and operator set are kept
   * @param prefix what invented names begin with
   */
  constructor(
    private readonly base?: Model,
    private readonly prefix = 'fp/',
  ) {
    if (!base) return;
    const ordered = { ...base.graph, nodes: topological(base.graph) };
    this.env = Environment.of(ordered);
    this.inputs = [...ordered.inputs];
    this.outputs = [...ordered.outputs];
    for (const value of this.inputs) this.taken.add(value.name);
    for (const [name, value] of ordered.initializers) this.initializer(name, value);
    for (const node of ordered.nodes) this.push(node);
  }

  // ---- structure -------------------------------------------------------------------------------------------

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

  /** A vector of int64, as shapes, axes, pads and starts are passed. */
  ints(values: readonly number[]): string {
    return this.constant(int64([values.length], values));
  }

  scalar(value: number, dtype: DType = 'float32'): string {
    if (dtype === 'float32') return this.constant(float32([], [value]));
    if (dtype === 'int64') return this.constant(int64([], [value]));
    if (dtype === 'float64') return this.constant(tensor('float64', [], Float64Array.of(value)));
    if (dtype === 'int32') return this.constant(tensor('int32', [], Int32Array.of(value)));
    if (dtype === 'uint32') return this.constant(tensor('uint32', [], Uint32Array.of(value)));
    if (dtype === 'bool') return this.constant(tensor('bool', [], Uint8Array.of(value)));
    if (dtype === 'float16' || dtype === 'bfloat16') return this.cast(this.scalar(value, 'float32'), dtype);
    throw new RangeError(`no scalar constants of type ${dtype}`);
  }

  /** Writes a node and returns its first output. */
  op(
    op: string,
    inputs: readonly Operand[],
    attributes: Readonly<Record<string, AttributeInit>> = {},
    options: OpOptions = {},
  ): string {
    return this.ops(op, inputs, attributes, options)[0]!;
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
    this.push({
      op,
      domain,
      name: names[0]!,
      inputs: inputs.map((i) => (typeof i === 'number' ? this.scalar(i, dtype) : i)),
      outputs: names,
      attributes: Object.fromEntries(Object.entries(attributes).map(([key, init]) => [key, attribute(init)])),
    });
    return names;
  }

  // ---- knowledge -------------------------------------------------------------------------------------------

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

  /** Content of a short integer constant. */
  content(value: string): readonly number[] | undefined {
    const content = this.env.content(value);
    return content?.every((d) => typeof d === 'number') ? (content as readonly number[]) : undefined;
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
      ...(this.base?.graph.origin && { origin: this.base.graph.origin }),
    };
    return {
      irVersion: Math.max(this.base?.irVersion ?? 0, 9),
      opsets: this.base?.opsets ?? new Map([['', TOOLKIT_OPSET]]),
      producer: 'foolproof',
      metadata: this.base?.metadata ?? new Map(),
      ...(this.base?.origin && { origin: this.base.origin }),
      graph: prune(graph),
    };
  }

  /** Asks a node that is already written for one more of its optional outputs (the indices of a MaxPool, say). */
  extraOutput(node: Node, index: number): string {
    const at = this.nodes.findIndex((n) => n.outputs[0] === node.outputs[0]);
    const current = this.nodes[at]!;
    if (current.outputs[index]) return current.outputs[index];
    const outputs = [...current.outputs];
    while (outputs.length <= index) outputs.push('');
    outputs[index] = this.fresh(`${node.op}_${index}`);
    this.taken.add(outputs[index]);
    this.nodes[at] = { ...current, outputs };
    inferNode(this.nodes[at], this.env);
    return outputs[index];
  }

  private push(node: Node): void {
    for (const output of node.outputs) this.taken.add(output);
    this.nodes.push(node);
    inferNode(node, this.env);
  }

  private claim(name: string): void {
    if (this.taken.has(name)) throw new RangeError(`the graph already has a value named "${name}"`);
    this.taken.add(name);
  }

  /** A name no value has, readable in a graph viewer. */
  fresh(hint: string): string {
    for (;;) {
      const count = (this.counters.get(hint) ?? 0) + 1;
      this.counters.set(hint, count);
      const name = `${this.prefix}${hint}_${count}`;
      if (!this.taken.has(name)) return name;
    }
  }

  // ---- vocabulary: the operators that rules, objectives and reshapings are written in ----------------------

  add = (a: Operand, b: Operand) => this.op('Add', [a, b]);
  sub = (a: Operand, b: Operand) => this.op('Sub', [a, b]);
  mul = (a: Operand, b: Operand) => this.op('Mul', [a, b]);
  div = (a: Operand, b: Operand) => this.op('Div', [a, b]);
  pow = (a: Operand, b: Operand) => this.op('Pow', [a, b]);
  neg = (a: string) => this.op('Neg', [a]);
  exp = (a: string) => this.op('Exp', [a]);
  log = (a: string) => this.op('Log', [a]);
  sqrt = (a: string) => this.op('Sqrt', [a]);
  sign = (a: string) => this.op('Sign', [a]);
  where = (condition: string, a: Operand, b: Operand) => {
    const dtype = typeof a === 'string' ? this.dtype(a) : typeof b === 'string' ? this.dtype(b) : 'float32';
    const operand = (x: Operand) => (typeof x === 'number' ? this.scalar(x, dtype) : x);
    return this.op('Where', [condition, operand(a), operand(b)]);
  };
  equal = (a: Operand, b: Operand) => this.op('Equal', [a, b]);
  greater = (a: Operand, b: Operand) => this.op('Greater', [a, b]);
  less = (a: Operand, b: Operand) => this.op('Less', [a, b]);
  cast = (a: string, dtype: DType) =>
    this.dtype(a) === dtype ? a : this.op('Cast', [a], { to: dtypes[dtype].code });
  matmul = (a: string, b: string) => this.op('MatMul', [a, b]);
  transpose = (a: string, perm: readonly number[]) => this.op('Transpose', [a], { perm });
  squeeze = (a: string, axes: readonly number[]) => this.op('Squeeze', [a, this.ints(axes)]);
  unsqueeze = (a: string, axes: readonly number[]) => this.op('Unsqueeze', [a, this.ints(axes)]);
  concat = (parts: readonly string[], axis: number) => this.op('Concat', parts, { axis });
  gather = (a: string, index: string, axis = 0) => this.op('Gather', [a, index], { axis });
  sum = (a: string, axes: readonly number[], keepdims = true) =>
    this.op('ReduceSum', [a, this.ints(axes)], { keepdims: keepdims ? 1 : 0 });
  max = (a: string, axes: readonly number[], keepdims = true) =>
    this.op('ReduceMax', [a, this.ints(axes)], { keepdims: keepdims ? 1 : 0 });
  slice = (
    a: string,
    axes: readonly number[],
    starts: readonly number[],
    ends: readonly number[],
    steps?: readonly number[],
  ) =>
    this.op('Slice', [
      a,
      this.ints(starts),
      this.ints(ends),
      this.ints(axes),
      ...(steps ? [this.ints(steps)] : []),
    ]);
  clip = (a: string, low: number, high: number) => this.op('Clip', [a, low, high]);
  pad = (a: string, pads: readonly number[]) => this.op('Pad', [a, this.ints(pads)]);

  /** Reshape to dims of which at most one is symbolic (it becomes -1); more need the shape of `like` at run time. */
  reshape(a: string, dims: readonly Dim[], like?: string): string {
    const free = dims.filter((d) => typeof d !== 'number').length;
    if (free <= 1 && !dims.includes(0)) {
      return this.op('Reshape', [a, this.ints(dims.map((d) => (typeof d === 'number' ? d : -1)))]);
    }
    if (!like)
      throw new ToolkitError('unknown-shape', {
        node: a,
        reason: `[${dims}] has more than one free dimension`,
      });
    // A size of 0 is a size here, not ONNX's request to copy one.
    return this.op('Reshape', [a, this.op('Shape', [like])], { allowzero: 1 });
  }
}
