import { ToolkitError } from '../base/errors.js';
import { type DType, dtypes, float32, int64, type Tensor, tensor } from '../tensor/tensor.js';
import type { AttributeInit, Dim } from './graph.js';

/** A value name, or a number that becomes a scalar constant of the other operand's type. */
export type Operand = string | number;

export interface OpOptions {
  /** Names of the outputs, or how many to invent (default 1). */
  readonly outputs?: number | readonly string[];
  readonly domain?: string;
}

/** The operators that rules, objectives, lowerings and reshapings are written in. Values are their names. */
export abstract class Vocabulary {
  /** Writes a node and returns all its outputs. */
  abstract ops(
    op: string,
    inputs: readonly Operand[],
    attributes?: Readonly<Record<string, AttributeInit>>,
    options?: OpOptions,
  ): readonly string[];
  abstract constant(value: Tensor): string;
  abstract dtype(value: string): DType;

  /** Writes a node and returns its first output. */
  op(
    op: string,
    inputs: readonly Operand[],
    attributes: Readonly<Record<string, AttributeInit>> = {},
    options: OpOptions = {},
  ): string {
    return this.ops(op, inputs, attributes, options)[0] ?? '';
  }

  /** A scalar constant. */
  scalar(value: number, dtype: DType = 'float32'): string {
    if (dtype === 'float32') return this.constant(float32([], [value]));
    if (dtype === 'int64') return this.constant(int64([], [value]));
    if (dtype === 'float64') return this.constant(tensor('float64', [], Float64Array.of(value)));
    if (dtype === 'int32') return this.constant(tensor('int32', [], Int32Array.of(value)));
    if (dtype === 'uint32') return this.constant(tensor('uint32', [], Uint32Array.of(value)));
    if (dtype === 'bool') return this.constant(tensor('bool', [], Uint8Array.of(value)));
    if (dtype === 'float16' || dtype === 'bfloat16') return this.cast(this.scalar(value, 'float32'), dtype);
    throw new ToolkitError('unsupported-type', { what: 'a constant', type: dtype });
  }

  /** A vector of int64, as shapes, axes, pads and starts are passed. */
  ints(values: readonly number[]): string {
    return this.constant(int64([values.length], values));
  }

  add = (a: Operand, b: Operand) => this.op('Add', [a, b]);
  sub = (a: Operand, b: Operand) => this.op('Sub', [a, b]);
  mul = (a: Operand, b: Operand) => this.op('Mul', [a, b]);
  div = (a: Operand, b: Operand) => this.op('Div', [a, b]);
  pow = (a: Operand, b: Operand) => this.op('Pow', [a, b]);
  neg = (a: string) => this.op('Neg', [a]);
  exp = (a: string) => this.op('Exp', [a]);
  log = (a: string) => this.op('Log', [a]);
  sqrt = (a: string) => this.op('Sqrt', [a]);
  sign = (a: string) => this.op('Sign', [a]);
  where = (condition: string, a: Operand, b: Operand) => {
    const dtype = typeof a === 'string' ? this.dtype(a) : typeof b === 'string' ? this.dtype(b) : 'float32';
    const operand = (x: Operand) => (typeof x === 'number' ? this.scalar(x, dtype) : x);
    return this.op('Where', [condition, operand(a), operand(b)]);
  };
  equal = (a: Operand, b: Operand) => this.op('Equal', [a, b]);
  greater = (a: Operand, b: Operand) => this.op('Greater', [a, b]);
  less = (a: Operand, b: Operand) => this.op('Less', [a, b]);
  cast = (a: string, dtype: DType) =>
    this.dtype(a) === dtype ? a : this.op('Cast', [a], { to: dtypes[dtype].code });
  matmul = (a: string, b: string) => this.op('MatMul', [a, b]);
  transpose = (a: string, perm: readonly number[]) => this.op('Transpose', [a], { perm });
  squeeze = (a: string, axes: readonly number[]) => this.op('Squeeze', [a, this.ints(axes)]);
  unsqueeze = (a: string, axes: readonly number[]) => this.op('Unsqueeze', [a, this.ints(axes)]);
  concat = (parts: readonly string[], axis: number) => this.op('Concat', parts, { axis });
  gather = (a: string, index: string, axis = 0) => this.op('Gather', [a, index], { axis });
  sum = (a: string, axes: readonly number[], keepdims = true) =>
    this.op('ReduceSum', [a, this.ints(axes)], { keepdims: keepdims ? 1 : 0 });
  max = (a: string, axes: readonly number[], keepdims = true) =>
    this.op('ReduceMax', [a, this.ints(axes)], { keepdims: keepdims ? 1 : 0 });
  slice = (
    a: string,
    axes: readonly number[],
    starts: readonly number[],
    ends: readonly number[],
    steps?: readonly number[],
  ) =>
    this.op('Slice', [
      a,
      this.ints(starts),
      this.ints(ends),
      this.ints(axes),
      ...(steps ? [this.ints(steps)] : []),
    ]);
  clip = (a: string, low: number, high: number) => this.op('Clip', [a, low, high]);
  pad = (a: string, pads: readonly number[]) => this.op('Pad', [a, this.ints(pads)]);

  /**
   * Reshape to dims of which at most one is symbolic (it becomes -1); more need the shape of `like` at run
   * time.
   */
  reshape(a: string, dims: readonly Dim[], like?: string): string {
    const free = dims.filter((d) => typeof d !== 'number').length;
    if (free <= 1 && !dims.includes(0)) {
      return this.op('Reshape', [a, this.ints(dims.map((d) => (typeof d === 'number' ? d : -1)))]);
    }
    if (!like)
      throw new ToolkitError('unknown-shape', {
        node: a,
        reason: `[${dims}] has more than one free dimension`,
      });
    // A size of 0 is a size here, not ONNX's request to copy one.
    return this.op('Reshape', [a, this.op('Shape', [like])], { allowzero: 1 });
  }
}
