import { float32, int64, type Tensor, tensor } from '../tensor/tensor.js';
import type { Attribute, Node } from './graph.js';
import { decodeSparse } from './sparse.js';

/** What a Constant node holds; undefined for other nodes. */
export function constantOf(node: Node): Tensor | undefined {
  if (node.op !== 'Constant' || node.domain !== '' || !node.outputs[0]) return undefined;
  const found = Object.entries(node.attributes).map(([name, attribute]) => tensorOf(name, attribute));
  return found.find((value) => value !== undefined);
}

function tensorOf(name: string, attribute: Attribute): Tensor | undefined {
  const { kind, value } = attribute;
  if (name === 'value' && kind === 'tensor') return value;
  if (name === 'sparse_value' && kind === 'opaque' && value.sparseTensor)
    return decodeSparse(value.sparseTensor, 'a sparse constant', []);
  if (name === 'value_float' && kind === 'float') return float32([], [value]);
  if (name === 'value_floats' && kind === 'floats') return float32([value.length], value);
  if (name === 'value_string' && kind === 'string') return tensor('string', [], [value]);
  if (name === 'value_strings' && kind === 'strings') return tensor('string', [value.length], [...value]);
  // From the message where there is one: a double does not hold every int64.
  if (name === 'value_int' && kind === 'int') return int64([], [attribute.origin?.i ?? value]);
  if (name === 'value_ints' && kind === 'ints') return int64([value.length], attribute.origin?.ints ?? value);
  return undefined;
}

/** A node that holds a constant, for bodies that cannot hold initializers. */
export const constantNode = (name: string, value: Tensor): Node => ({
  op: 'Constant',
  domain: '',
  name,
  inputs: [],
  outputs: [name],
  attributes: { value: { kind: 'tensor', value } },
});
