import type { Attribute, Node, Value } from '../../../src/core/onnx/graph.js';
import { tensor } from '../../support/toolkit.js';
import type { ShapeCases } from './shape-case.js';

const node = (op: string, inputs: readonly string[], outputs: readonly string[]): Node => ({
  op,
  domain: '',
  name: '',
  inputs,
  outputs,
  attributes: {},
});

const scalar = (name: string, dtype: 'int64' | 'bool'): Value => ({ name, type: { dtype, dims: [] } });

const body = (
  inputs: readonly (string | Value)[],
  outputs: readonly string[],
  nodes: readonly Node[],
): Attribute => ({
  kind: 'graph',
  value: {
    name: 'body',
    inputs: inputs.map((value) => (typeof value === 'string' ? { name: value } : value)),
    outputs: outputs.map((name) => ({ name })),
    initializers: new Map(),
    nodes,
  },
});

/** The state doubled, and what it was; the condition stays. */
const doubled = body(
  [scalar('i', 'int64'), scalar('c', 'bool'), 's'],
  ['c2', 's2', 'out'],
  [node('Add', ['s', 's'], ['s2']), node('Identity', ['c'], ['c2']), node('Identity', ['s'], ['out'])],
);

/** A row of the image, added to the state, and the sum. */
const added = body(
  ['s', 'row'],
  ['s2', 'out'],
  [node('Add', ['s', 'row'], ['s2']), node('Identity', ['s2'], ['out'])],
);

export const controlCases: ShapeCases = {
  Loop: {
    'state of one shape': (g, x) => {
      const yes = g.constant(tensor('bool', [], Uint8Array.of(1)));
      const [state = ''] = g.ops('Loop', [g.scalar(3, 'int64'), yes, x], { body: doubled }, { outputs: 2 });
      return state;
    },
  },
  Scan: {
    'rows of the images': (g, x) => {
      const start = g.op('ReduceSum', [x, g.ints([2])], { keepdims: 0 });
      const attributes = { body: added, num_scan_inputs: 1, scan_input_axes: [2], scan_output_axes: [-1] };
      return g.ops('Scan', [start, x], attributes, { outputs: 2 });
    },
  },
};
