import type { DType, Tensor } from '../tensor/tensor.js';
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  ValueInfoProto,
} from './generated/onnx_pb.js';

/**
 * The model format of the whole toolkit: ONNX, as plain immutable data.
 *
 * `origin` is the protobuf message an element was read from. Fields that we do not model (documentation,
 * annotations, fields of future ONNX versions) are written back from it, so reading and writing loses nothing.
 */
export interface Model {
  readonly irVersion: number;
  /** Operator-set version by domain; '' is standard ONNX. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly producer: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly graph: Graph;
  readonly origin?: ModelProto;
}

export interface Graph {
  readonly name: string;
  /** Inputs a caller must feed; initializers are never listed here, whatever the file did. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  readonly origin?: GraphProto;
}

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

/** A known size, or a symbolic one: a name such as "N", or a product such as "4*N". See dims.ts. */
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
  /** Sub-graphs, sparse tensors, types: carried along untouched. */
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

/** An attribute's value, or the operator's default. A wrong kind counts as absent; files that have one are refused (attributes.ts). */
export function intOf(node: Node, name: string, fallback: number): number {
  const found = node.attributes[name];
  return found?.kind === 'int' ? found.value : fallback;
}

export function floatOf(node: Node, name: string, fallback: number): number {
  const found = node.attributes[name];
  return found?.kind === 'float' ? found.value : fallback;
}

export function stringOf(node: Node, name: string, fallback: string): string {
  const found = node.attributes[name];
  return found?.kind === 'string' ? found.value : fallback;
}

export function intsOf(node: Node, name: string): readonly number[] | undefined;
export function intsOf(node: Node, name: string, fallback: readonly number[]): readonly number[];
export function intsOf(
  node: Node,
  name: string,
  fallback?: readonly number[],
): readonly number[] | undefined {
  const found = node.attributes[name];
  return found?.kind === 'ints' ? found.value : fallback;
}

/** How messages name a node: its own name, or its operator and first output. */
export const nodeLabel = (node: Node): string => node.name || `${node.op} -> ${node.outputs[0]}`;

/** The operator-set version of standard ONNX that this model uses. */
export const opsetOf = (model: Model): number => model.opsets.get('') ?? 1;

/** The opset that the toolkit builds with and upgrades to: one signature for each operator everywhere. */
export const TOOLKIT_OPSET = 20;
