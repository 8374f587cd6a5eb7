import { isToolkitError, ToolkitError, type UnsupportedOperator } from '../base/errors.js';
import type { GraphBuilder } from '../onnx/builder.js';
import { type Node, nodeLabel, operatorKey } from '../onnx/graph.js';
import { ancestors, inputsOf } from '../onnx/order.js';
import type { DType } from '../tensor/tensor.js';
import { becomingNumbers, isRounding, overlap } from './discrete.js';
import { contextOf, type RuleSet, ruleOf, zerosLike } from './rule.js';
import { ruleSets } from './rules/index.js';

/** How gradients are written. */
export interface GradientOptions {
  /** How messages name the model. */
  readonly source?: string;
  /** What operators are differentiated by; default: `ruleSets.exact`. */
  readonly rules?: RuleSet;
}

/**
 * Vector-Jacobian product by reverse-mode differentiation, as more nodes of the same graph.
 *
 * For outputs `y_k` with cotangents `c_k` it writes `sum_k c_k^T dy_k/dx` for every value `x` of `wrt`
 * (inputs, weights, or anything between) and returns the names of the results, in the order and with the
 * shapes of `wrt`.
 *
 * @param cotangents value name to the name of its cotangent, of the same shape
 * @throws ToolkitError `unsupported-operators` listing every operator on the way that has no rule
 */
export function vjp(
  g: GraphBuilder,
  cotangents: Readonly<Record<string, string>>,
  wrt: readonly string[],
  options: GradientOptions = {},
): string[] {
  const nodes = [...g.nodes];
  const rules = options.rules ?? ruleSets.exact;
  const influenced = carriers(g, nodes, wrt, rules);
  const needed = ancestors(nodes, Object.keys(cotangents));
  const onPath = (name: string) => name !== '' && influenced.has(name) && needed.has(name);
  const path = nodes.filter((node) => node.outputs.some(onPath) && inputsOf(node).some(onPath));
  const rounding = nodes.filter((node) => isRounding(g, node) && influenced.has(node.inputs[0]!));
  const numbers = becomingNumbers(g, nodes, needed);
  const silent = rounding.filter((node) => overlap(node.outputs, numbers));
  refuseUnsupported(g, path, onPath, { ...options, rules }, new Set(silent));

  const flowing = new Map(Object.entries(cotangents));
  const accumulate = (name: string, part: string) => {
    const sum = flowing.get(name);
    flowing.set(name, sum ? g.add(sum, part) : part);
  };
  for (const node of path.reverse()) {
    const dys = node.outputs.map((name) => flowing.get(name));
    if (dys.every((dy) => dy === undefined)) continue;
    const context = contextOf(g, node, dys);
    const rule = ruleOf(node, rules);
    if (!context || !rule) continue;
    node.inputs.forEach((name, i) => {
      if (!onPath(name)) return;
      const part = rule.vjp(context, i);
      if (part) accumulate(name, part);
    });
  }
  return wrt.map((name) => flowing.get(name) ?? zerosLike(g, name));
}

/**
 * Values through which a gradient can flow back to `wrt`. Indices, shapes and conditions carry none, and
 * neither does anything behind a piecewise constant operator, so those need no rules.
 */
function carriers(
  g: GraphBuilder,
  nodes: readonly Node[],
  wrt: readonly string[],
  rules: RuleSet,
): Set<string> {
  const reached = new Set(wrt);
  for (const node of nodes) {
    if (!inputsOf(node).some((name) => reached.has(name))) continue;
    if (ruleOf(node, rules)?.kind === 'none' && !unsupportedReason(g, node, rules)) continue;
    for (const name of node.outputs) {
      if (name !== '' && !discrete.has(g.typeOf(name)?.dtype ?? 'float32')) reached.add(name);
    }
  }
  return reached;
}

/** Small integers are missing on purpose: quantized values do carry (straight-through) gradients. */
const discrete: ReadonlySet<DType> = new Set(['int64', 'uint64', 'bool', 'string']);

/** Silence would be read as a gradient of zero, that is, as robustness. */
function refuseUnsupported(
  g: GraphBuilder,
  path: readonly Node[],
  onPath: (name: string) => boolean,
  options: Required<Pick<GradientOptions, 'rules'>> & GradientOptions,
  rounding: ReadonlySet<Node>,
): void {
  const operators = new Map<string, { nodes: string[]; op: string; reason: string }>();
  for (const node of new Set([...path, ...rounding])) {
    const arity = ruleOf(node, options.rules)?.arity ?? node.inputs.length;
    const silent = node.inputs.findIndex((name, i) => i >= arity && onPath(name));
    const reason =
      (rounding.has(node) ? 'rounds to integers; its gradient is zero almost everywhere' : undefined) ??
      unsupportedReason(g, node, options.rules) ??
      (silent >= 0 ? `no gradient rule for its input ${silent + 1}` : undefined);
    if (!reason) continue;
    const op = operatorKey(node);
    const entry = operators.get(op + reason) ?? { op, reason, nodes: [] };
    entry.nodes.push(nodeLabel(node));
    operators.set(op + reason, entry);
  }
  if (operators.size > 0) {
    const listed: UnsupportedOperator[] = [...operators.values()];
    throw new ToolkitError('unsupported-operators', { source: options.source ?? 'model', operators: listed });
  }
}

/** Why a node cannot be differentiated, or undefined when it can. */
function unsupportedReason(g: GraphBuilder, node: Node, rules: RuleSet): string | undefined {
  const [rule, context] = [ruleOf(node, rules), contextOf(g, node)];
  if (!rule || !context) {
    return node.domain === ''
      ? 'no gradient rule'
      : `operators of the domain ${node.domain} have no gradient rules`;
  }
  try {
    return rule.unsupported?.(context);
  } catch (error) {
    if (isToolkitError(error, 'unknown-shape')) return `the shape of ${error.data.node} is unknown`;
    throw error;
  }
}
