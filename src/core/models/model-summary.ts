import { flatNodes } from '../autodiff/discrete.js';
import { vjp } from '../autodiff/gradient.js';
import { type RuleKind, type RuleSet, ruleOf } from '../autodiff/rule.js';
import { ruleSets } from '../autodiff/rules/index.js';
import { isToolkitError, ToolkitError } from '../base/errors.js';
import { MODEL_LIMITS } from '../base/limits.js';
import type { ParameterValues } from '../base/parameters.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Environment } from '../onnx/environment.js';
import { type Dim, type Model, type Node, nodeLabel, operatorKey, opsetOf } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { lower } from '../onnx/lowering/index.js';
import { ancestors, dependents, inputsOf, producersOf } from '../onnx/order.js';
import { nonFiniteWeights } from '../onnx/weights-check.js';
import { reshapingsOf, type WeightLayer, weightLayers } from '../reshaping/index.js';
import { sizeOf } from '../tensor/tensor.js';
import { asClassifier, type ClassifierShape } from './classifier-shape.js';
import { type DifferentiableGraph, differentiable } from './guide-graph.js';
import type { OutputChoice } from './outputs/choose-output.js';
import { type RaisedFlag, raisedFlags } from './red-flags/index.js';

export interface ParameterCount {
  /** Numbers that the file holds. */
  readonly stored: number;
  /** Numbers that the network computes with. */
  readonly virtual: number;
}

export interface LayerReport {
  readonly name: string;
  readonly op: WeightLayer['op'];
  /** Shape of what the layer puts out; null when it cannot be worked out. */
  readonly output: readonly Dim[] | null;
  readonly weight: string;
  readonly weightShape: readonly number[];
  /** Of the weight and the bias. */
  readonly parameters: ParameterCount;
  /** Oldest first. */
  readonly reshapings: readonly {
    readonly name: string;
    readonly parameters: ParameterValues;
  }[];
}

export interface OperatorReport {
  /** With its domain, when that is not standard ONNX. */
  readonly op: string;
  readonly count: number;
  /** How many of them lie between the input and the output; the others compute weights and shapes. */
  readonly onPath: number;
  /** Kind of its gradient rule; null when it has none. */
  readonly gradient: RuleKind | null;
  /** Why some of these cannot be differentiated; null when all can, or none needs to be. */
  readonly refused: string | null;
}

/** Nodes of one operator that are piecewise constant: no gradient flows back through them. */
export interface FlatOperator {
  readonly op: string;
  readonly nodes: readonly string[];
}

export interface ValueReport {
  readonly name: string;
  readonly type: string | null;
  readonly shape: readonly Dim[] | null;
}

/** What a model is made of. JSON throughout. */
export interface ModelReport {
  readonly name: string;
  readonly producer: string;
  readonly irVersion: number;
  readonly opset: number;
  readonly inputs: readonly ValueReport[];
  readonly outputs: readonly ValueReport[];
  readonly classifier: { readonly shape: ClassifierShape | null; readonly problems: readonly string[] };
  readonly layers: readonly LayerReport[];
  readonly parameters: ParameterCount;
  readonly operators: readonly OperatorReport[];
  /** Weights that hold a NaN or an infinity. */
  readonly nonFiniteWeights: readonly string[];
  readonly differentiable: { readonly ok: boolean; readonly problems: readonly string[] };
  /** Signs in the file that its answers, or the file itself, may not be what they seem. */
  readonly redFlags: readonly RaisedFlag[];
  /** Piecewise constant operators between the input and the output; see `flatOperatorsOnPath`. */
  readonly flat: readonly FlatOperator[];
}

/** Takes stock of a model; nothing is run. */
export function inspectModel(model: Model, choice: OutputChoice = {}): ModelReport {
  const { graph } = model;
  const types = inferShapes(graph);
  const value = (name: string, declared = types.type(name)): ValueReport => {
    const type = types.type(name) ?? declared;
    return { name, type: type?.dtype ?? null, shape: type?.dims ?? null };
  };
  const { prepared, ...classifier } = classifierOf(model, choice);
  const followed = followedOf(prepared);
  const refusals = gradientRefusals(prepared, followed);
  const { layers, total } = countParameters(model);
  return {
    name: graph.name,
    producer: model.producer,
    irVersion: model.irVersion,
    opset: opsetOf(model),
    inputs: graph.inputs.map((v) => value(v.name, v.type)),
    outputs: graph.outputs.map((v) => value(v.name, v.type)),
    classifier,
    layers: layerReports(model, types, layers),
    parameters: total,
    operators: operatorReports(model, refusals.operators),
    nonFiniteWeights: nonFiniteWeights(model),
    differentiable: { ok: refusals.problems.length === 0, problems: refusals.problems },
    redFlags: raisedFlags(model),
    flat: flatOf(model, prepared, followed),
  };
}

/** What gradients are taken of, or why of nothing. */
function followedOf(model: Model): DifferentiableGraph | ToolkitError {
  try {
    return differentiable(model);
  } catch (error) {
    if (error instanceof ToolkitError) return error;
    throw error;
  }
}

/** Of the file itself: nodes that were put in front of it do not count. */
function flatOf(model: Model, prepared: Model, followed: DifferentiableGraph | ToolkitError): FlatOperator[] {
  if (followed instanceof ToolkitError) return [];
  const [own, made] = [model, prepared].map(({ graph }) =>
    JSON.stringify([graph.inputs.map(({ name }) => name), graph.outputs.length]),
  );
  return own === made
    ? flatOperatorsOnPath(followed.model, ruleSets[followed.rules])
    : flatOperatorsOnPath(model);
}

/** What is said of the model as a classifier, and the model that attacks would differentiate. */
function classifierOf(
  model: Model,
  choice: OutputChoice,
): ModelReport['classifier'] & { readonly prepared: Model } {
  try {
    const { model: prepared, shape } = asClassifier(model, undefined, choice);
    return { shape, problems: [], prepared };
  } catch (error) {
    if (isToolkitError(error, 'not-a-classifier')) {
      return { shape: null, problems: error.data.problems, prepared: model };
    }
    if (isToolkitError(error, 'ambiguous-output')) {
      const problems = [`several outputs may hold the classes: ${error.data.outputs.join(', ')}`];
      return { shape: null, problems, prepared: model };
    }
    throw error;
  }
}

/**
 * Piecewise constant operators that numbers of the input flow through on their way to an output: Round,
 * Floor, Ceil, Sign, and comparisons whose result is computed with. The gradient behind them is exactly zero,
 * so an attack that follows it sees less of the model than there is, or nothing; that is no robustness.
 * Indices, shapes and conditions do not count.
 *
 * @param rules of a graph that is differentiated as it is; default: of a deployed model,
 *   what gradients are taken of
 */
export function flatOperatorsOnPath(model: Model, rules?: RuleSet): FlatOperator[] {
  const made = rules ? undefined : differentiable(model);
  const followed = made?.model ?? model;
  const { nodes, inputs, outputs } = followed.graph;
  const needed = ancestors(
    nodes,
    outputs.map((v) => v.name),
  );
  const found = flatNodes(
    new GraphBuilder(followed),
    inputs.map((v) => v.name),
    needed,
    rules ?? ruleSets[made?.rules ?? 'exact'],
  );
  return [...grouped(found, ({ op }) => op)].map(([op, members]) => ({ op, nodes: members.map(nodeLabel) }));
}

function layerReports(
  model: Model,
  types: Environment,
  counted: ReadonlyMap<string, ParameterCount>,
): LayerReport[] {
  const records = new Map(Object.entries(reshapingsOf(model)));
  const key = (label: string, weight: string | undefined) => JSON.stringify([label, weight]);
  const outputs = new Map<string, string>();
  for (const node of model.graph.nodes.toReversed())
    outputs.set(key(nodeLabel(node), node.inputs[1]), node.outputs[0] ?? '');
  return weightLayers(model).map(({ label, op, weight, dims }) => ({
    name: label,
    op,
    output: types.type(outputs.get(key(label, weight)) ?? '')?.dims ?? null,
    weight,
    weightShape: dims,
    parameters: counted.get(weight) ?? { stored: 0, virtual: 0 },
    reshapings: (records.get(weight) ?? []).map(({ name, parameters }) => ({ name, parameters })),
  }));
}

/** Values by a key, each list in the order of the values. */
function grouped<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group) group.push(value);
    else groups.set(keyOf(value), [value]);
  }
  return groups;
}

/**
 * Stored and virtual parameters, of each weighted layer (by its weight) and of the whole model. Scalars and
 * integer vectors of shapes do not count: they are how the graph is written, not what it learned.
 */
export function countParameters(model: Model): {
  layers: ReadonlyMap<string, ParameterCount>;
  total: ParameterCount;
} {
  const { graph } = model;
  const sizes = new Map<string, number>();
  for (const [name, { dtype, dims }] of graph.initializers) {
    if (dims.length > 0 && dtype !== 'int64') sizes.set(name, sizeOf(dims));
  }
  for (const node of graph.nodes) {
    const constant = node.op === 'Constant' ? node.attributes.value : undefined;
    if (constant?.kind === 'tensor' && constant.value.dims.length > 0 && constant.value.dtype !== 'int64') {
      sizes.set(node.outputs[0]!, sizeOf(constant.value.dims));
    }
  }
  const counted = new Set<string>();
  const producers = producersOf(graph.nodes);
  let steps = 0;
  /** Numbers that the value is computed from. */
  const behind = (name: string | undefined): number => {
    if (!name) return 0;
    let sum = 0;
    const waiting = [name];
    const seen = new Set(waiting);
    for (let source = waiting.pop(); source !== undefined; source = waiting.pop()) {
      sum += sizes.get(source) ?? 0;
      counted.add(source);
      const producer = producers.get(source);
      for (const input of producer ? inputsOf(producer) : []) {
        if (seen.has(input)) continue;
        seen.add(input);
        waiting.push(input);
      }
    }
    steps += seen.size;
    const limit = MODEL_LIMITS.steps;
    if (steps > limit)
      throw new ToolkitError('too-large', {
        what: 'what weights are computed from',
        size: steps,
        limit,
        unit: 'values',
      });
    return sum;
  };
  const layers = new Map<string, ParameterCount>();
  for (const { weight, dims, bias } of weightLayers(model)) {
    const biasSize = behind(bias);
    layers.set(weight, { stored: behind(weight) + biasSize, virtual: sizeOf(dims) + biasSize });
  }
  const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
  // What belongs to no weighted layer: normalization, embeddings, lone biases.
  const rest = sum([...sizes].map(([name, size]) => (counted.has(name) ? 0 : size)));
  const total = {
    stored: sum([...sizes.values()]),
    virtual: rest + sum([...layers.values()].map((layer) => layer.virtual)),
  };
  return { layers, total };
}

function operatorReports(model: Model, refused: ReadonlyMap<string, string>): OperatorReport[] {
  const { nodes, inputs, outputs } = model.graph;
  const names = (values: readonly { name: string }[]) => values.map((v) => v.name);
  const [behind, ahead] = [dependents(nodes, names(inputs)), ancestors(nodes, names(outputs))];
  return [...grouped(nodes, operatorKey)].map(([op, members]) => ({
    op,
    count: members.length,
    onPath: members.filter((node) => node.outputs.some((o) => behind.has(o) && ahead.has(o))).length,
    gradient: gradientKind(members[0]),
    refused: refused.get(op) ?? null,
  }));
}

function gradientKind(node: Node | undefined): RuleKind | null {
  const kind = node && ruleOf(node, ruleSets.exact)?.kind;
  return kind === undefined || kind === 'unsupported' ? null : kind;
}

/** Asks for the gradient of every output, and notes what stands in its way. */
function gradientRefusals(
  model: Model,
  followed: DifferentiableGraph | ToolkitError,
): { operators: ReadonlyMap<string, string>; problems: readonly string[] } {
  const operators = new Map<string, string>();
  if (followed instanceof ToolkitError) return { operators, problems: [followed.message] };
  try {
    const g = new GraphBuilder(lower(followed.model));
    const outputs = model.graph.outputs.filter((v) => g.dtype(v.name).startsWith('float'));
    const cotangents = Object.fromEntries(
      outputs.map((v) => [v.name, g.input(g.fresh('cotangent'), g.dtype(v.name), g.dims(v.name))]),
    );
    vjp(
      g,
      cotangents,
      model.graph.inputs.map((v) => v.name),
      { rules: ruleSets[followed.rules] },
    );
    return { operators, problems: [] };
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    if (!isToolkitError(error, 'unsupported-operators')) return { operators, problems: [error.message] };
    const problems = error.data.operators.map((o) => `${o.op}: ${o.reason} (${o.nodes.join(', ')})`);
    for (const { op, reason } of error.data.operators) operators.set(op, reason);
    return { operators, problems };
  }
}
