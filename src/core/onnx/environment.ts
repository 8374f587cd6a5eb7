import { type DType, sizeOf, type Tensor } from '../tensor/tensor.js';
import { isStatic } from './dims.js';
import type { Dim, Graph, ValueType } from './graph.js';
import type { Content, Knowledge } from './operators/operator.js';

/**
 * How many whole numbers, or numbers with a fraction, are worth following: shapes, axes and scales are short.
 */
const MAX_WHOLE = 4096;
const MAX_FRACTIONS = 64;

/** Largest content that is kept of a type; 0 for types whose arithmetic is not followed. */
function limitOf(dtype: DType): number {
  if (dtype === 'int64' || dtype === 'int32' || dtype === 'bool') return MAX_WHOLE;
  return dtype === 'float32' || dtype === 'float64' ? MAX_FRACTIONS : 0;
}

/** A shape whose numbers are worth following. */
export const isFollowed = (type: ValueType | undefined): type is ValueType & { dims: readonly number[] } =>
  type?.dims !== undefined && isStatic(type.dims) && sizeOf(type.dims) <= limitOf(type.dtype);

/** The number that an element type makes of a result; undefined when it would wrap around. */
function asStored(dtype: DType, value: Dim): Dim | undefined {
  if (typeof value === 'string') return value;
  if (dtype === 'float32') return Math.fround(value);
  if (dtype === 'int32') return Math.abs(value) < 2 ** 31 ? value : undefined;
  return dtype !== 'int64' || Number.isSafeInteger(value) ? value : undefined;
}

/** What is known of every value of a graph: its type, and of short values (shapes, axes) the numbers. */
export class Environment implements Knowledge {
  private readonly types = new Map<string, ValueType>();
  private readonly contents = new Map<string, Content>();
  private readonly tensors = new Map<string, Tensor>();
  /** What the file states of values between nodes; emptied by the first statement that is wrong. */
  private readonly stated: Map<string, ValueType>;
  /** Symbols of the file's statements to those of inference. */
  private readonly aliases = new Map<string, Dim>();

  /** @param infer adds what is known of the nodes of a sub-graph, given an environment for it */
  constructor(
    graph: Graph | undefined,
    private readonly infer: (graph: Graph, environment: Environment) => void,
    private readonly outer?: Knowledge,
  ) {
    this.stated = new Map(graph?.stated);
    for (const { name, type } of graph?.outputs ?? []) if (type) this.stated.set(name, type);
    for (const { name, type } of graph?.inputs ?? []) if (type) this.declare(name, type);
    for (const [name, value] of graph?.initializers ?? []) this.declareTensor(name, value);
  }

  declare(name: string, type: ValueType): void {
    this.types.set(name, type);
    this.stated.delete(name);
  }

  declareTensor(name: string, value: Tensor): void {
    this.declare(name, { dtype: value.dtype, dims: value.dims });
    this.tensors.set(name, value);
  }

  /** @param values in row-major order; kept when all are known and none wraps around */
  declareContent(name: string, values: readonly (Dim | undefined)[]): void {
    const type = this.types.get(name);
    if (!isFollowed(type) || values.length !== sizeOf(type.dims)) return;
    const stored = values.map((v) => (v === undefined ? v : asStored(type.dtype, v)));
    if (stored.every((v) => v !== undefined)) this.contents.set(name, { dims: type.dims, values: stored });
  }

  type(name: string): ValueType | undefined {
    return this.types.get(name) ?? this.outer?.type(name);
  }

  content(name: string): Content | undefined {
    const known = this.contents.get(name);
    if (known) return known;
    const tensor = this.tensors.get(name);
    if (!tensor) return this.types.has(name) ? undefined : this.outer?.content(name);
    if (!isFollowed(tensor)) return undefined;
    const values = Array.from(tensor.data as ArrayLike<number | bigint>, Number);
    const content = { dims: tensor.dims, values };
    this.contents.set(name, content);
    return content;
  }

  /** Numbers of a vector or a scalar, symbols included. */
  list(name: string): readonly Dim[] | undefined {
    const content = this.content(name);
    return content && content.dims.length <= 1 ? content.values : undefined;
  }

  within(body: Graph): Environment {
    const inner = new Environment(body, this.infer, this);
    this.infer(body, inner);
    return inner;
  }

  /**
   * The type of a node's output: what was inferred, completed by what the file states of it. Inference has
   * the last word, and a statement that contradicts it makes all others worthless: they stem from another
   * shape of the input.
   *
   * @param invented symbols that inference made up for sizes that it does not know
   */
  settle(
    name: string,
    inferred: ValueType | undefined,
    invented: ReadonlySet<string> = new Set(),
  ): ValueType | undefined {
    const stated = this.stated.get(name);
    if (!stated) return inferred;
    if (!inferred) return this.translated(stated);
    if (stated.dtype !== inferred.dtype) return this.distrust(inferred);
    if (!stated.dims) return inferred;
    if (!inferred.dims) return this.translated(stated);
    if (stated.dims.length !== inferred.dims.length) return this.distrust(inferred);
    const dims: Dim[] = [];
    for (const [axis, dim] of inferred.dims.entries()) {
      const said = stated.dims[axis] ?? dim;
      if (typeof dim === 'string' && invented.has(dim)) dims.push(this.translate(said));
      else if (typeof said === 'number' && said !== dim) return this.distrust(inferred);
      else {
        if (typeof said === 'string' && !this.aliases.has(said)) this.aliases.set(said, dim);
        dims.push(dim);
      }
    }
    return { dtype: inferred.dtype, dims };
  }

  private translated = ({ dtype, dims }: ValueType): ValueType => ({
    dtype,
    ...(dims && { dims: dims.map((dim) => this.translate(dim)) }),
  });

  private translate(dim: Dim): Dim {
    return typeof dim === 'string' ? (this.aliases.get(dim) ?? dim) : dim;
  }

  private distrust(inferred: ValueType): ValueType {
    this.stated.clear();
    return inferred;
  }
}
