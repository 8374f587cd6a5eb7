import type { GraphBuilder } from '../onnx/builder.js';
import type { Node } from '../onnx/graph.js';
import { attributesOf } from '../onnx/operators/index.js';
import { type DType, dtypeOfCode } from '../tensor/tensor.js';
import { isFloating, type RuleSet, ruleOf } from './rule.js';
import { ruleSets } from './rules/index.js';

/** What the graph knows of the types of values. */
type Types = Pick<GraphBuilder, 'dtype'>;

/** A cast from numbers with a fraction to whole ones. */
export function isRounding(g: Types, node: Node): boolean {
  if (node.op !== 'Cast' || node.domain !== '') return false;
  const into = dtypeOfCode(attributesOf(node, 'Cast').to);
  return into !== undefined && isFloating(g.dtype(node.inputs[0] ?? '')) && isWhole(into);
}

const isWhole = (dtype: DType): boolean => !isFloating(dtype) && dtype !== 'bool' && dtype !== 'string';

/** Operators that make floating-point numbers of whole ones or of truth values. */
const BACK = new Set(['Cast', 'CastLike', 'DequantizeLinear', 'OneHot']);

/**
 * Whole numbers and truth values that turn into a needed floating-point value as numbers, through others of
 * their kind; what serves as an index, a shape or a condition does not count.
 *
 * @param nodes in topological order
 */
export function becomingNumbers(g: Types, nodes: readonly Node[], needed: ReadonlySet<string>): Set<string> {
  const leading = new Set<string>();
  for (const node of nodes.toReversed()) {
    const leads = node.outputs.some((name) =>
      isFloating(g.dtype(name)) ? BACK.has(node.op) && needed.has(name) : leading.has(name),
    );
    if (leads) for (const name of node.inputs) leading.add(name);
  }
  return leading;
}

export function overlap(some: Iterable<string>, others: ReadonlySet<string>): boolean {
  for (const name of some) if (others.has(name)) return true;
  return false;
}

/** They look at shapes alone: what they give back is no function of the numbers. */
const SHAPES = new Set(['Shape', 'Size', 'ConstantOfShape', 'Range']);

/**
 * The first nodes behind `from` that are piecewise constant and whose results are computed with as numbers on
 * the way to a needed value (Round, Sign, a comparison that is cast to a float). What flows back through them
 * is zero, truthfully, and tells an attacker nothing.
 */
export function flatNodes(
  g: GraphBuilder,
  from: readonly string[],
  needed: ReadonlySet<string>,
  rules: RuleSet = ruleSets.exact,
): readonly Node[] {
  const nodes = [...g.nodes];
  const reached = new Set(from);
  const flat: Node[] = [];
  const numbers = becomingNumbers(g, nodes, needed);
  for (const node of nodes) {
    if (SHAPES.has(node.op) || !node.inputs.some((name) => reached.has(name))) continue;
    if (!isFlat(g, node, rules)) {
      for (const output of node.outputs) reached.add(output);
      continue;
    }
    const outputs = node.outputs.filter((name) => name !== '');
    const floating = outputs.filter((name) => isFloating(g.dtype(name)));
    if (floating.length > 0 ? overlap(floating, needed) : overlap(outputs, numbers)) flat.push(node);
  }
  return flat;
}

function isFlat(g: GraphBuilder, node: Node, rules: RuleSet): boolean {
  if (node.op !== 'Cast' || node.domain !== '') return ruleOf(node, rules)?.kind === 'none';
  return isFloating(g.dtype(node.inputs[0] ?? '')) && dtypeOfCode(attributesOf(node, 'Cast').to) === 'bool';
}
