import type { Dim, Graph, ValueType } from '../graph.js';
import { float, floats, graph, int, ints, required, string, strings, tensor } from './attributes.js';
import {
  type Knowledge,
  normalizeAxis,
  type OperatorFamily,
  operator,
  type ShapeContext,
  type ShapeResult,
} from './operator.js';

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

/**
 * Types of what a loop puts out: the state, and the results of its iterations side by side. The state's
 * shape is known where one iteration leaves it as it was: so does every other.
 */
function looped(c: ShapeContext, body: Graph, { inputs, ahead, states, length }: Loop): ShapeResult {
  const typed = body.inputs.map((value, i) => {
    const type = inputs[i];
    return type ? { name: value.name, type } : value;
  });
  const out = results(c.within({ ...body, inputs: typed }), body).slice(ahead);
  const before = inputs.slice(states.start, states.start + states.count);
  const isKept = before.every((type, i) => type?.dims && isSame(type, out[i]));
  return out.map((type, i) => {
    if (!type) return undefined;
    if (!isKept || !type.dims) return { dtype: type.dtype };
    if (i < states.count) return before[i];
    const { axis, size } = length(i - states.count);
    const at = normalizeAxis(axis, type.dims.length + 1);
    return { dtype: type.dtype, dims: [...type.dims.slice(0, at), size, ...type.dims.slice(at)] };
  });
}

interface Loop {
  /** Types of the inputs of the body; undefined where they are as the body declares them. */
  readonly inputs: readonly (ValueType | undefined)[];
  /** Outputs of the body ahead of its state. */
  readonly ahead: number;
  /** Inputs of the body that are its state. */
  readonly states: { readonly start: number; readonly count: number };
  /** Along which axis the results of the iterations lie, and how many there are. */
  length(output: number): { readonly axis: number; readonly size: Dim };
}

const isSame = (a: ValueType, b: ValueType | undefined) =>
  a.dtype === b?.dtype && String(a.dims) === String(b.dims);

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
    shape: (c) => {
      const count = Math.max(0, c.node.inputs.length - 2);
      const state = Array.from({ length: count }, (_, i) => c.typeIfKnown(i + 2));
      // A condition may end it before the number of iterations is reached.
      const size = c.symbol('iterations');
      return looped(c, c.attributes.body, {
        inputs: [{ dtype: 'int64', dims: [] }, { dtype: 'bool', dims: [] }, ...state],
        ahead: 1,
        states: { start: 2, count },
        length: () => ({ axis: 0, size }),
      });
    },
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
    shape: (c) => {
      const { body, num_scan_inputs, scan_input_axes, scan_output_axes } = c.attributes;
      const count = Math.max(0, c.node.inputs.length - num_scan_inputs);
      let size: Dim = c.symbol('iterations');
      const inputs = c.node.inputs.map((_, i) => {
        const type = c.typeIfKnown(i);
        if (i < count || !type?.dims) return type;
        const axis = normalizeAxis(scan_input_axes?.[i - count] ?? 0, type.dims.length);
        size = type.dims[axis] ?? size;
        return { dtype: type.dtype, dims: type.dims.filter((_, at) => at !== axis) };
      });
      return looped(c, body, {
        inputs,
        ahead: 0,
        states: { start: 0, count },
        length: (i) => ({ axis: scan_output_axes?.[i] ?? 0, size }),
      });
    },
  }),
} as const satisfies OperatorFamily;
