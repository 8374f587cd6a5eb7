import type { GraphBuilder } from './builder.js';
import type { Dim, Node } from './graph.js';
import { type AttributesOf, attributesOf, type OperatorName } from './operators/index.js';

/**
 * What a gradient rule or a lowering sees: a node of a known operator, its values, and the graph that it
 * writes to.
 */
export class NodeContext<K extends OperatorName = OperatorName> {
  /** Attribute values of the node, defaults filled in. */
  readonly attributes: AttributesOf<K>;

  constructor(
    readonly g: GraphBuilder,
    readonly node: Node,
    name: K,
  ) {
    this.attributes = attributesOf(node, name);
  }

  /** Name of the i-th input; '' when it is absent. */
  x(i: number): string {
    return this.node.inputs[i] ?? '';
  }

  /** Name of the first output. */
  get y(): string {
    return this.node.outputs[0] ?? '';
  }

  has(i: number): boolean {
    return this.x(i) !== '';
  }

  /** Shape of the i-th input. @throws ToolkitError `unknown-shape` */
  dims(i: number): readonly Dim[] {
    return this.g.dims(this.x(i));
  }
}
