import { ToolkitError } from '../../base/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { isStatic, symbolNamed } from '../dims.js';
import { type Dim, type Graph, type Node, nodeLabel, type ValueType } from '../graph.js';
import { type AttributeSpecs, type AttributeValues, readAttributes } from './attributes.js';

/**
 * Numbers that a value is known to hold: shapes, axes, and what is computed from them. Numbers of
 * floating-point values are exact, truth values are 0 and 1, sizes may be symbolic.
 */
export interface Content {
  readonly dims: readonly number[];
  /** In row-major order. */
  readonly values: readonly Dim[];
}

/** What is known of values by name. */
export interface Knowledge {
  type(name: string): ValueType | undefined;
  content(name: string): Content | undefined;
  /** Knowledge of the values of a sub-graph, whose nodes see the values around it. */
  within(body: Graph): Knowledge;
}

/** What the functions of an operator see of one node. */
export class ShapeContext<A extends AttributeSpecs = AttributeSpecs> {
  readonly attributes: AttributeValues<A>;
  /** Symbols that were made up for sizes that nothing tells. */
  readonly invented = new Set<string>();

  constructor(
    readonly node: Node,
    private readonly known: Knowledge,
    specs: A,
  ) {
    this.attributes = readAttributes(node, specs);
  }

  has(index: number): boolean {
    return (this.node.inputs[index] ?? '') !== '';
  }

  /** Type of an input; its shape may be unknown. */
  type(index: number): ValueType {
    const type = this.known.type(this.node.inputs[index] ?? '');
    if (!type) throw new UnknownShape(`the type of input ${index} is unknown`);
    return type;
  }

  /** The same where nothing may be known. */
  typeIfKnown(index: number): ValueType | undefined {
    return this.known.type(this.node.inputs[index] ?? '');
  }

  dims(index: number): readonly Dim[] {
    const { dims } = this.type(index);
    if (!dims) throw new UnknownShape(`the rank of input ${index} is unknown`);
    return dims;
  }

  /** Numbers of an input, symbols included. */
  content(index: number): Content | undefined {
    return this.has(index) ? this.known.content(this.node.inputs[index] ?? '') : undefined;
  }

  /** Numbers of a vector or scalar input (a shape, axes), symbols included. */
  list(index: number): readonly Dim[] | undefined {
    const content = this.content(index);
    return content && content.dims.length <= 1 ? content.values : undefined;
  }

  /** Numbers of a vector or scalar input that has to be known (axes, pads, starts). */
  numbers(index: number): readonly number[] {
    const list = this.list(index);
    if (!list || !isStatic(list)) throw new UnknownShape(`input ${index} is not a known constant`);
    return list;
  }

  /** Knowledge of the values of a branch or body. */
  within(body: Graph): Knowledge {
    return this.known.within(body);
  }

  /** A name for a size of the first output that cannot be known, the same each time it is asked for. */
  symbol(axis: number | string): string {
    const name = symbolNamed(`${this.node.outputs[0]}_${axis}`);
    this.invented.add(name);
    return name;
  }

  fail(reason: string): never {
    throw new ToolkitError('shape-mismatch', { node: nodeLabel(this.node), reason });
  }
}

/** Not an error of the model: this value's shape simply stays unknown unless somebody needs it. */
export class UnknownShape extends Error {}

/** Types of the outputs; undefined, and outputs that are not listed, are unknown. */
export type ShapeResult = readonly (ValueType | undefined)[];

/** What a rewrite of an old node sees, and how it writes constants. */
export interface UpgradeContext<A extends AttributeSpecs = AttributeSpecs> {
  readonly node: Node;
  readonly attributes: AttributeValues<A>;
  /** The operator set that the node was written for. */
  readonly opset: number;
  /** Type of the i-th input, if known. */
  type(i: number): ValueType | undefined;
  /** Content of the i-th input if it is an initializer. */
  tensor(i: number): Tensor | undefined;
  fresh(): string;
  ints(values: readonly number[]): string;
  floats(values: readonly number[]): string;
  /** A scalar of the element type of the i-th input. */
  scalarLike(i: number, value: number): string;
}

/** How nodes of older operator sets become nodes of today. */
export interface Upgrade<
  A extends AttributeSpecs = AttributeSpecs,
  F extends AttributeSpecs = AttributeSpecs,
> {
  /** The first operator set with the signature of today. */
  readonly before: number;
  /** Attributes that only the older signatures have. */
  readonly attributes?: F;
  /** The nodes that take the place of an old one; they write its outputs. */
  rewrite(context: UpgradeContext<A & NoInfer<F>>): readonly Node[];
}

/**
 * Everything that the toolkit knows of an operator, apart from its derivative (autodiff/rules).
 *
 * Signatures are those of operator set 18 and newer.
 */
export interface Operator<A extends AttributeSpecs = AttributeSpecs> {
  /** All attributes of the specification, with their defaults. */
  readonly attributes: A;
  /** Types of the outputs. Throws `UnknownShape` (or lets `c` do it) when they cannot be known. */
  shape(context: ShapeContext<A>): ShapeResult;
  /**
   * Numbers of an output, in row-major order, where those of the inputs are known. Asked for short outputs of
   * known size alone.
   */
  value?(context: ShapeContext<A>, output: number): readonly (Dim | undefined)[] | undefined;
  readonly upgrade?: Upgrade;
}

/** `A` is inferred from the attributes alone, `F` from those of the upgrade. */
interface Definition<A extends AttributeSpecs, F extends AttributeSpecs> {
  readonly attributes: A;
  shape(context: ShapeContext<NoInfer<A>>): ShapeResult;
  value?(context: ShapeContext<NoInfer<A>>, output: number): readonly (Dim | undefined)[] | undefined;
  readonly upgrade?: Upgrade<NoInfer<A>, F>;
}

/** One entry of an operator family; its functions get the attributes typed. */
export const operator = <
  const A extends AttributeSpecs,
  const F extends AttributeSpecs = Record<never, never>,
>(
  definition: Definition<A, F>,
): Operator<A> => definition as Operator<A>;

/** An operator of a domain's name in full: "Conv", "com.microsoft::QGemm". */
export type OperatorFamily = Readonly<Record<string, Operator>>;

/** Axes may count from the end. */
export const normalizeAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
