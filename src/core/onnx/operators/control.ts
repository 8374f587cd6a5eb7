import type { Graph, ValueType } from '../graph.js';
import { float, floats, graph, int, ints, required, string, strings, tensor } from './attributes.js';
import { type Knowledge, type OperatorFamily, operator, type ShapeContext } from './operator.js';

/** Operators that hold graphs of their own, and constants. */

const constant = {
  value: tensor(),
  value_float: float(),
  value_floats: floats(),
  value_int: int(),
  value_ints: ints(),
  value_string: string(),
  value_strings: strings(),
};

function constantType({ attributes: a }: ShapeContext<typeof constant>): ValueType | undefined {
  if (a.value) return { dtype: a.value.dtype, dims: a.value.dims };
  if (a.value_float !== undefined) return { dtype: 'float32', dims: [] };
  if (a.value_floats) return { dtype: 'float32', dims: [a.value_floats.length] };
  if (a.value_int !== undefined) return { dtype: 'int64', dims: [] };
  if (a.value_ints) return { dtype: 'int64', dims: [a.value_ints.length] };
  if (a.value_string !== undefined) return { dtype: 'string', dims: [] };
  return a.value_strings && { dtype: 'string', dims: [a.value_strings.length] };
}

/** What both branches agree on; a size that differs is unknown. */
function common(c: ShapeContext, a: ValueType | undefined, b: ValueType | undefined, output: number) {
  if (!a || !b || a.dtype !== b.dtype) return undefined;
  const [left, right] = [a.dims, b.dims];
  if (!left || !right || left.length !== right.length) return { dtype: a.dtype };
  const dims = left.map((d, axis) => (d === right[axis] ? d : c.symbol(`${output}_${axis}`)));
  return { dtype: a.dtype, dims };
}

/** Types of what a body puts out, as it is run on values of the declared types. */
const results = (known: Knowledge, body: Graph) =>
  body.outputs.map(({ name, type }) => known.type(name) ?? type);

/** A type of unknown size; a Loop's body may change shapes from one iteration to the next. */
const element = (type: ValueType | undefined): ValueType | undefined => type && { dtype: type.dtype };

export const control = {
  Constant: operator({
    attributes: constant,
    shape: (c) => [constantType(c)],
    value: ({ attributes: a }) => {
      if (a.value_int !== undefined) return [a.value_int];
      if (a.value_float !== undefined) return [a.value_float];
      const listed = a.value_ints ?? a.value_floats;
      if (listed) return listed;
      return a.value && Array.from(a.value.data as ArrayLike<number | bigint>, Number);
    },
  }),
  If: operator({
    attributes: { then_branch: required(graph()), else_branch: required(graph()) },
    shape: (c) => {
      const [first, second] = [c.attributes.then_branch, c.attributes.else_branch].map((branch) =>
        results(c.within(branch), branch),
      );
      return c.node.outputs.map((_, i) => common(c, first?.[i], second?.[i], i));
    },
  }),
  Loop: operator({
    attributes: { body: required(graph()) },
    shape: (c) => results(c.within(c.attributes.body), c.attributes.body).slice(1).map(element),
  }),
  Scan: operator({
    attributes: {
      body: required(graph()),
      num_scan_inputs: required(int()),
      scan_input_axes: ints(),
      scan_input_directions: ints(),
      scan_output_axes: ints(),
      scan_output_directions: ints(),
    },
    shape: (c) => results(c.within(c.attributes.body), c.attributes.body).map(element),
  }),
} as const satisfies OperatorFamily;
