import { type AttributeInit, attributesFrom, type Node } from '../graph.js';
import type { AttributeSpec } from './attributes.js';
import type { UpgradeContext } from './operator.js';

/** Parts that rewrites of old nodes are made of. */

interface Change {
  readonly op?: string;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly set?: Readonly<Record<string, AttributeInit>>;
  readonly drop?: readonly string[];
}

/** A node with some of its parts replaced; its name stays. */
export function change(node: Node, { set = {}, drop = [], ...rest }: Change): Node {
  const kept = Object.entries(node.attributes).filter(([name]) => !drop.includes(name));
  return { ...node, ...rest, attributes: { ...Object.fromEntries(kept), ...attributesFrom(set) } };
}

/** A new node of standard ONNX with one output. */
export const step = (
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, AttributeInit>> = {},
): Node => ({
  op,
  domain: '',
  name: output,
  inputs,
  outputs: [output],
  attributes: attributesFrom(attributes),
});

/** Optional inputs at the end are left out rather than left empty. */
export function trimmed(inputs: readonly string[]): readonly string[] {
  const last = inputs.findLastIndex((name) => name !== '');
  return inputs.slice(0, last + 1);
}

/** The name of an input or an output; '' for one that is absent. */
export const input = ({ node }: Pick<UpgradeContext, 'node'>, i = 0): string => node.inputs[i] ?? '';
export const output = ({ node }: Pick<UpgradeContext, 'node'>, i = 0): string => node.outputs[i] ?? '';

/** Axes that have moved from an attribute to the second input. */
export function axesToInput(c: UpgradeContext<{ axes: AttributeSpec<readonly number[] | undefined> }>) {
  const { axes } = c.attributes;
  return [axes ? change(c.node, { inputs: [input(c), c.ints(axes)], drop: ['axes'] }) : c.node];
}
