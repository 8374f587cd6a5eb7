import { ToolkitError } from '../../base/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type Dim, type Graph, type Node, nodeLabel, type ValueType } from '../graph.js';

/** How many elements of an integer tensor are worth following: shapes and axes are short. */
const FOLLOW = 64;

/** What is known about every value of a graph: its type, and for short integer vectors (shapes, axes) its content. */
export class Environment {
  private readonly types = new Map<string, ValueType>();
  private readonly contents = new Map<string, readonly Dim[]>();

  static of(graph: Graph): Environment {
    const env = new Environment();
    // What an output is declared to be counts where no rule infers it; rules have the last word.
    for (const value of [...graph.outputs, ...graph.inputs])
      if (value.type) env.declare(value.name, value.type);
    for (const [name, value] of graph.initializers) env.declareTensor(name, value);
    return env;
  }

  declare(name: string, type: ValueType): void {
    this.types.set(name, type);
  }

  declareTensor(name: string, value: Tensor): void {
    this.declare(name, { dtype: value.dtype, dims: value.dims });
    const whole = value.dtype === 'int64' || value.dtype === 'int32';
    if (whole && value.dims.length <= 1 && value.data.length <= FOLLOW) {
      this.contents.set(name, Array.from(value.data as ArrayLike<number | bigint>, Number));
    }
  }

  declareContent(name: string, content: readonly Dim[]): void {
    if (content.length <= FOLLOW) this.contents.set(name, content);
  }

  type(name: string): ValueType | undefined {
    return this.types.get(name);
  }

  content(name: string): readonly Dim[] | undefined {
    return this.contents.get(name);
  }
}

/** What a shape function sees of one node. */
export class ShapeContext {
  constructor(
    readonly node: Node,
    private readonly env: Environment,
  ) {}

  has(index: number): boolean {
    return (this.node.inputs[index] ?? '') !== '';
  }

  /** Type of an input; its shape may be unknown. */
  type(index: number): ValueType {
    const type = this.env.type(this.node.inputs[index] ?? '');
    if (!type) throw new UnknownShape(`the type of input ${index} is unknown`);
    return type;
  }

  dims(index: number): readonly Dim[] {
    const { dims } = this.type(index);
    if (!dims) throw new UnknownShape(`the rank of input ${index} is unknown`);
    return dims;
  }

  /** Content of a short integer input, symbols included. */
  content(index: number): readonly Dim[] | undefined {
    return this.has(index) ? this.env.content(this.node.inputs[index]!) : undefined;
  }

  /** Content of a short integer input as plain numbers (axes, pads, starts). */
  numbers(index: number): readonly number[] {
    const content = this.content(index);
    if (!content?.every((d) => typeof d === 'number'))
      throw new UnknownShape(`input ${index} is not a known constant`);
    return content as readonly number[];
  }

  /** A name for a size of the first output that cannot be known, the same each time it is asked for. */
  symbol(axis: number): string {
    return `${this.node.outputs[0]}_${axis}`.replaceAll('*', '_');
  }

  fail(reason: string): never {
    throw new ToolkitError('shape-mismatch', { node: nodeLabel(this.node), reason });
  }
}

/** Not an error of the model: this value's shape simply stays unknown unless somebody needs it. */
export class UnknownShape extends Error {}

/** Types of a node's outputs, and optionally the content of the first one. */
export interface ShapeResult {
  readonly outputs: readonly (ValueType | undefined)[];
  readonly content?: readonly Dim[];
}

export type ShapeFunction = (context: ShapeContext) => ShapeResult;
export type ShapeTable = Readonly<Record<string, ShapeFunction>>;

/** A node with one output. */
export const one = (type: ValueType, content?: readonly Dim[]): ShapeResult => ({
  outputs: [type],
  ...(content && { content }),
});

/** Axes may count from the end. */
export const normalizeAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
