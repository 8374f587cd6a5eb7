import type { AttributeInit } from '../../../../src/core/onnx/graph.js';
import { type Attribute, attributesFrom, type Graph, type Node } from '../../../../src/core/onnx/graph.js';

/** A node of standard ONNX as a file has it. */
export const node = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeInit>> = {},
  domain = '',
): Node => ({
  op,
  domain,
  name: `${op}_${outputs[0]}`,
  inputs,
  outputs,
  attributes: attributesFrom(attributes),
});

/** A branch or body. */
export const body = (
  nodes: readonly Node[],
  outputs: readonly string[],
  initializers: Graph['initializers'] = new Map(),
): Attribute => ({
  kind: 'graph',
  value: {
    name: 'body',
    inputs: [],
    outputs: outputs.map((name) => ({ name, type: { dtype: 'float32', dims: ['N', 3] } })),
    nodes,
    initializers,
  },
});
