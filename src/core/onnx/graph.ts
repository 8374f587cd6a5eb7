import type { DType, Tensor } from '../tensor/tensor.js';
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  ValueInfoProto,
} from './generated/onnx_pb.js';

/**
 * The model format of the whole toolkit: ONNX, as plain immutable data.
 *
 * `origin` is the protobuf message an element was read from. Fields that we do not model (documentation,
 * annotations, fields of future ONNX versions) are written back from it, so reading and writing loses
 * nothing.
 */
export interface Model {
  readonly irVersion: number;
  /** Operator-set version by domain; '' is standard ONNX. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly producer: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly graph: Graph;
  /** Operators that the file defines itself, as graphs of others; absent when there are none. */
  readonly functions?: readonly LocalFunction[];
  readonly origin?: ModelProto;
}

/** A function of the model: nodes of its domain and name stand for its body. */
export interface LocalFunction {
  readonly domain: string;
  readonly name: string;
  /** Tells functions of one name apart; '' for almost all. */
  readonly overload: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Values of attributes that a caller leaves out. Attributes of the body refer to the caller's by
   * `reference`.
   */
  readonly defaults: Readonly<Record<string, Attribute>>;
  /** The body's own operator sets, which may differ from the model's. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly nodes: readonly Node[];
  readonly origin?: FunctionProto;
}

/** The computation of a model: inputs, nodes in order, stored tensors, outputs. */
export interface Graph {
  readonly name: string;
  /** Inputs a caller must feed; initializers are never listed here, whatever the file did. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  /**
   * What the file states of values between nodes. A hint for what no shape function infers: whoever gives a
   * name another meaning removes it here (rewrite/value-names.ts, `forget`).
   */
  readonly stated?: ReadonlyMap<string, ValueType>;
  readonly origin?: GraphProto;
}

/** One operator of a graph, with its inputs, outputs and attributes. */
export interface Node {
  readonly op: string;
  readonly domain: string;
  readonly name: string;
  /** Value names; '' stands for an optional input that is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly origin?: NodeProto;
}

export interface Value {
  readonly name: string;
  readonly type?: ValueType;
  readonly origin?: ValueInfoProto;
}

/** Element type and shape; `dims` is undefined when even the rank is unknown. */
export interface ValueType {
  readonly dtype: DType;
  readonly dims?: readonly Dim[];
}

/**
 * A known size, or a symbolic one: a name such as "N", or an expression such as "4*N" or "N+1". See dims.ts.
 */
export type Dim = number | string;

export type Attribute = AttributeContent & { readonly origin?: AttributeProto };

type AttributeContent =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  /** The body of an If, Loop or Scan; it may use values of the graph around it. */
  | { readonly kind: 'graph'; readonly value: Graph }
  /** In a function's body: whatever the caller gives for its attribute of this name. */
  | { readonly kind: 'reference'; readonly value: string }
  /** Sparse tensors, types, lists of graphs or tensors: carried along untouched. */
  | { readonly kind: 'opaque'; readonly value: AttributeProto };

/** What a builder accepts for an attribute: a bare number is an int; write `float(0.1)` for a float. */
export type AttributeInit = number | readonly number[] | string | readonly string[] | Tensor | Attribute;

export const float = (value: number): Attribute => ({ kind: 'float', value });
export const floats = (value: readonly number[]): Attribute => ({ kind: 'floats', value });

export function attribute(init: AttributeInit): Attribute {
  if (typeof init === 'number') return { kind: 'int', value: init };
  if (typeof init === 'string') return { kind: 'string', value: init };
  if (Array.isArray(init)) {
    return typeof init[0] === 'string' ? { kind: 'strings', value: init } : { kind: 'ints', value: init };
  }
  return 'kind' in init ? init : { kind: 'tensor', value: init as Tensor };
}

/** Attributes of a node as a builder writes them. */
export const attributesFrom = (inits: Readonly<Record<string, AttributeInit>>): Node['attributes'] =>
  Object.fromEntries(Object.entries(inits).map(([name, init]) => [name, attribute(init)]));

/** How messages name a node: its own name, or its operator and first output. */
export const nodeLabel = (node: Node): string => node.name || `${node.op} -> ${node.outputs[0]}`;

/** An operator with its domain, unless that is standard ONNX: "Conv", "com.microsoft::QGemm". */
export const operatorKey = ({ domain, op }: Pick<Node, 'domain' | 'op'>): string =>
  domain === '' ? op : `${domain}::${op}`;

/** Graphs that a node holds: branches and bodies. */
export const bodiesOf = (node: Node): readonly Graph[] =>
  Object.values(node.attributes).flatMap((a) => (a.kind === 'graph' ? [a.value] : []));

/** The operator-set version of standard ONNX that this model uses. */
export const opsetOf = ({ opsets }: Pick<Model, 'opsets'>): number => opsets.get('') ?? 1;

/** The opset that the toolkit builds with and upgrades to: one signature for each operator everywhere. */
export const TOOLKIT_OPSET = 20;
