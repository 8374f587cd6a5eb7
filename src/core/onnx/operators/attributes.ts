import { ToolkitError } from '../../base/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type Attribute, type Graph, type Node, nodeLabel } from '../graph.js';

/** What an attribute of each kind holds. */
interface Contents {
  int: number;
  float: number;
  string: string;
  ints: readonly number[];
  floats: readonly number[];
  strings: readonly string[];
  tensor: Tensor;
  graph: Graph;
}

/** One attribute of an operator: its kind, and what holds where a node does not give it. */
export interface AttributeSpec<V = unknown> {
  readonly kind: keyof Contents;
  /** Its absence is an error of the node. */
  readonly required: boolean;
  /** The default of the operator's specification, or undefined when absence has a meaning of its own. */
  readonly fallback: V;
}

export type AttributeSpecs = Readonly<Record<string, AttributeSpec>>;

/** Attribute values of a node as its operator reads them. */
export type AttributeValues<A extends AttributeSpecs> = {
  readonly [N in keyof A]: A[N] extends AttributeSpec<infer V> ? V : never;
};

interface SpecMaker<T> {
  (): AttributeSpec<T | undefined>;
  (fallback: T): AttributeSpec<T>;
}

const maker = <K extends keyof Contents>(kind: K): SpecMaker<Contents[K]> =>
  ((fallback?: Contents[K]) => ({ kind, required: false, fallback })) as SpecMaker<Contents[K]>;

/** Kinds of attributes, with the default where there is one: `axis: int(-1)`, `pads: ints()`. */
export const int = maker('int');
export const float = maker('float');
export const string = maker('string');
export const ints = maker('ints');
export const floats = maker('floats');
export const strings = maker('strings');
export const tensor = maker('tensor');
export const graph = maker('graph');

/** An attribute without which a node has no meaning: `kernel_shape: required(ints())`. */
export const required = <V>(spec: AttributeSpec<V>): AttributeSpec<Exclude<V, undefined>> => ({
  ...(spec as AttributeSpec<Exclude<V, undefined>>),
  required: true,
});

/**
 * The attributes of a node, defaults filled in. A wrong kind counts as absent; files that have one are
 * refused when they are read.
 *
 * @throws ToolkitError `shape-mismatch` when a required attribute that is absent is asked for
 */
export function readAttributes<A extends AttributeSpecs>(node: Node, specs: A): AttributeValues<A> {
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    if (!spec.required || node.attributes[name]?.kind === spec.kind)
      values[name] = contentOf(node, name, spec);
    // Its absence is an error of whoever asks.
    else Object.defineProperty(values, name, { enumerable: true, get: () => contentOf(node, name, spec) });
  }
  return values as AttributeValues<A>;
}

function contentOf(node: Node, name: string, { kind, required, fallback }: AttributeSpec): unknown {
  const found = node.attributes[name];
  if (found?.kind === kind) return found.value;
  if (required)
    throw new ToolkitError('shape-mismatch', { node: nodeLabel(node), reason: `it has no ${name}` });
  return fallback;
}

/** What is wrong with an attribute that has this specification; undefined when nothing is. */
export function attributeProblem(
  name: string,
  { kind }: Attribute,
  spec: AttributeSpec | undefined,
): string | undefined {
  if (!spec || kind === spec.kind || kind === 'reference') return undefined;
  return `attribute "${name}" is of the kind ${kind}, not ${spec.kind}`;
}
