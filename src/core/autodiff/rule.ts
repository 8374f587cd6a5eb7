import { bounded } from '../base/bounded.js';
import { ToolkitError } from '../base/errors.js';
import type { GraphBuilder } from '../onnx/builder.js';
import { isStatic } from '../onnx/dims.js';
import { type Dim, type Node, operatorKey } from '../onnx/graph.js';
import { NodeContext } from '../onnx/node-context.js';
import { isOperatorName, type OperatorName } from '../onnx/operators/index.js';
import { type DType, zeros } from '../tensor/tensor.js';

/**
 * How faithful a rule is:
 * - `exact`: the derivative wherever the operator is differentiable
 * - `subgradient`: as exact, and at kinks and ties the member of the subdifferential that PyTorch picks
 * - `straight-through`: deliberately not the derivative (rounding treated as identity)
 * - `none`: piecewise constant; nothing flows back, and that is the truth
 * - `unsupported`: there is no rule, for a reason that is stated
 */
export type RuleKind = 'exact' | 'subgradient' | 'straight-through' | 'none' | 'unsupported';

/** What a rule sees: the node, its values, and the cotangents of its outputs. */
export class RuleContext<K extends OperatorName = OperatorName> extends NodeContext<K> {
  /** @param dys cotangent of each output; undefined where nothing flows back */
  constructor(
    g: GraphBuilder,
    node: Node,
    name: K,
    readonly dys: readonly (string | undefined)[],
  ) {
    super(g, node, name);
  }

  /** Cotangent of the first output. */
  get dy(): string {
    return this.dyOrZeros(0);
  }

  /** The cotangent of an output that may not have been used: zeros then. */
  dyOrZeros(i: number): string {
    return this.dys[i] ?? zerosLike(this.g, this.node.outputs[i] ?? '');
  }
}

export interface Rule<K extends OperatorName = OperatorName> {
  readonly kind: RuleKind;
  /** What happens at kinks and ties; stated wherever the kind is `subgradient`. */
  readonly kinks?: string;
  /** Why no node of the operator, or none but those that are written otherwise, has a rule. */
  readonly reason?: string;
  /** Why this particular node cannot be differentiated; undefined when it can. */
  unsupported?(context: RuleContext<K>): string | undefined;
  /**
   * How many leading inputs the rule answers for (all of them when absent). A gradient that would have to
   * flow through a later one is refused: returning nothing would pass for a gradient of zero.
   */
  readonly arity?: number;
  /** Cotangent of the i-th input, or undefined when nothing flows there (indices, shapes, conditions). */
  vjp(context: RuleContext<K>, input: number): string | undefined;
}

/** Rules of some operators. */
export type RuleFamily = { readonly [K in OperatorName]?: Rule<K> };

/** A rule for every operator that the toolkit knows; the compiler lists those that are missing. */
export type RuleSet = { readonly [K in OperatorName]: Rule<K> };

/** The rule of a node; undefined for an operator that the toolkit does not know. */
export function ruleOf(node: Node, rules: RuleSet): Rule | undefined {
  const name = operatorKey(node);
  return isOperatorName(name) ? rules[name] : undefined;
}

/** What the rule of a node sees of it. @param dys cotangents of its outputs */
export function contextOf(
  g: GraphBuilder,
  node: Node,
  dys: readonly (string | undefined)[] = [],
): RuleContext | undefined {
  const name = operatorKey(node);
  return isOperatorName(name) ? new RuleContext(g, node, name, dys) : undefined;
}

type OneInput<K extends OperatorName> = (context: RuleContext<K>) => string | undefined;

const byInput =
  <K extends OperatorName>(functions: readonly OneInput<K>[]): Rule<K>['vjp'] =>
  (context, input) =>
    functions[input]?.(context);

/**
 * One function for each input, in order. The operator, and so its attributes, follows from the entry of the
 * family.
 */
export const exact = <K extends OperatorName>(...functions: OneInput<NoInfer<K>>[]): Rule<K> => ({
  kind: 'exact',
  arity: functions.length,
  vjp: byInput(functions),
});

export const subgradient = <K extends OperatorName>(
  kinks: string,
  ...functions: OneInput<NoInfer<K>>[]
): Rule<K> => ({ kind: 'subgradient', kinks, arity: functions.length, vjp: byInput(functions) });

export const straightThrough = <K extends OperatorName>(...functions: OneInput<NoInfer<K>>[]): Rule<K> => ({
  kind: 'straight-through',
  arity: functions.length,
  vjp: byInput(functions),
});

/** An operator with any number of inputs of the same role. */
export const variadic = <K extends OperatorName>(vjp: Rule<NoInfer<K>>['vjp'], kinks?: string): Rule<K> =>
  kinks ? { kind: 'subgradient', kinks, vjp } : { kind: 'exact', vjp };

/**
 * A rule that some nodes of its operator have to do without. @param reason why, or undefined when the rule
 * holds
 */
export const unless = <K extends OperatorName>(
  reason: (context: RuleContext<NoInfer<K>>) => string | undefined,
  rule: Rule<NoInfer<K>>,
): Rule<K> => ({ ...rule, unsupported: reason });

/** An input that is an index, a shape or a condition. */
export const nothing = (): undefined => undefined;

/** A piecewise constant operator. */
export const flat: Rule = { kind: 'none', vjp: nothing };

const NO_RULE = 'no gradient rule';

/** An operator without a rule. @param reason as users read it */
export const unsupported = (reason = NO_RULE): Rule => ({
  kind: 'unsupported',
  ...(reason !== NO_RULE && { reason }),
  unsupported: () => reason,
  vjp: nothing,
});

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
  return extra === 0 ? summed : g.squeeze(summed, [...Array(bounded(extra)).keys()]);
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
