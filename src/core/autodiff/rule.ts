import { ToolkitError } from '../base/errors.js';
import type { GraphBuilder } from '../onnx/builder.js';
import { isStatic } from '../onnx/dims.js';
import type { Dim, Node } from '../onnx/graph.js';
import { type DType, zeros } from '../tensor/tensor.js';

/**
 * How faithful a rule is:
 * - `exact`: the derivative wherever the operator is differentiable
 * - `subgradient`: as exact, and at kinks and ties the member of the subdifferential that PyTorch picks
 * - `straight-through`: deliberately not the derivative (rounding treated as identity)
 * - `none`: piecewise constant; nothing flows back, and that is the truth
 */
export type RuleKind = 'exact' | 'subgradient' | 'straight-through' | 'none';

/** What a rule sees: the node, its values, and the cotangents of its outputs. */
export class RuleContext {
  /** @param dys cotangent of each output; undefined where nothing flows back */
  constructor(
    readonly g: GraphBuilder,
    readonly node: Node,
    readonly dys: readonly (string | undefined)[],
  ) {}

  /** Cotangent of the first output. */
  get dy(): string {
    return this.dys[0]!;
  }

  /** Name of the i-th input. */
  x(i: number): string {
    return this.node.inputs[i]!;
  }

  /** The first output. */
  get y(): string {
    return this.node.outputs[0]!;
  }

  has(i: number): boolean {
    return (this.node.inputs[i] ?? '') !== '';
  }

  dims(i: number): readonly Dim[] {
    return this.g.dims(this.x(i));
  }

  /** The cotangent of an output that may not have been used: zeros then. */
  dyOrZeros(i: number): string {
    return this.dys[i] ?? zerosLike(this.g, this.node.outputs[i]!);
  }
}

export interface Rule {
  readonly kind: RuleKind;
  /** What happens at kinks and ties; stated wherever the kind is `subgradient`. */
  readonly kinks?: string;
  /** Why this particular node cannot be differentiated; undefined when it can. */
  readonly unsupported?: (context: RuleContext) => string | undefined;
  /**
   * How many leading inputs the rule answers for (all of them when absent). A gradient that would have to flow
   * through a later one is refused: returning nothing would pass for a gradient of zero.
   */
  readonly arity?: number;
  /** Cotangent of the i-th input, or undefined when nothing flows there (indices, shapes, conditions). */
  readonly vjp: (context: RuleContext, input: number) => string | undefined;
}

export type RuleTable = Readonly<Record<string, Rule>>;

type OneInput = (context: RuleContext) => string | undefined;

const byInput =
  (functions: readonly OneInput[]): Rule['vjp'] =>
  (context, input) =>
    functions[input]?.(context);

/** One function for each input, in order. */
export const exact = (...functions: OneInput[]): Rule => ({
  kind: 'exact',
  arity: functions.length,
  vjp: byInput(functions),
});

export const subgradient = (kinks: string, ...functions: OneInput[]): Rule => ({
  kind: 'subgradient',
  kinks,
  arity: functions.length,
  vjp: byInput(functions),
});

/** An operator with any number of inputs of the same role. */
export const variadic = (vjp: Rule['vjp'], kinks?: string): Rule =>
  kinks ? { kind: 'subgradient', kinks, vjp } : { kind: 'exact', vjp };

/** An input that is an index, a shape or a condition. */
export const nothing: OneInput = () => undefined;

/** A piecewise constant operator. */
export const flat: Rule = { kind: 'none', vjp: () => undefined };

const floating: readonly DType[] = ['float32', 'float64', 'float16', 'bfloat16'];

export const isFloating = (dtype: DType): boolean => floating.includes(dtype);

/** Undoes broadcasting: sums `value` over the axes along which a value of shape `dims` was repeated. */
export function sumTo(g: GraphBuilder, value: string, dims: readonly Dim[]): string {
  const from = g.dims(value);
  const extra = from.length - dims.length;
  const axes = from.flatMap((size, axis) =>
    axis < extra || (dims[axis - extra] === 1 && size !== 1) ? [axis] : [],
  );
  if (axes.length === 0) return value;
  const summed = g.sum(value, axes, true);
  return extra === 0 ? summed : g.squeeze(summed, [...Array(extra).keys()]);
}

/** Zeros of the shape that `value` has at run time. */
export const zerosLike = (g: GraphBuilder, value: string): string => {
  return g.op('ConstantOfShape', [g.op('Shape', [value])], { value: zeros(g.dtype(value), [1]) });
};

/** Sizes of the axes after batch and channels. A rule that has to know them cannot do without. */
export function spatialOf(g: GraphBuilder, value: string): readonly number[] {
  const spatial = g.dims(value).slice(2);
  if (isStatic(spatial)) return spatial;
  throw new ToolkitError('unknown-shape', {
    node: value,
    reason: `the spatial size [${spatial}] is not fixed`,
  });
}

/** Number of channels, the second axis. */
export function channelsOf(g: GraphBuilder, value: string): number {
  const channels = g.dims(value)[1];
  if (typeof channels === 'number') return channels;
  throw new ToolkitError('unknown-shape', { node: value, reason: 'its number of channels is not fixed' });
}
