import { ToolkitError } from '../../base/errors.js';
import { nearest } from '../../base/names.js';
import type { Dim, Graph, Model, Node, Value, ValueType } from '../../onnx/graph.js';
import { inferShapes } from '../../onnx/infer.js';
import { ancestors, producersOf, prune } from '../../onnx/order.js';
import { headOf } from '../logits-head.js';

/** What is known of the output that holds the classes. */
export interface OutputChoice {
  /** Its name, where somebody says it. */
  readonly output?: string | undefined;
  /** Classes of the data. */
  readonly classes?: number | undefined;
}

/** What a model calls each of its classes: a name, or the number of the data's class. */
export type ModelLabels = readonly (string | number)[];

export interface ChosenOutput {
  /** With this output alone. */
  readonly model: Model;
  /** Its name in the file; null where the file has no other. */
  readonly name: string | null;
  /** The others of the file. */
  readonly others: readonly string[];
  /** As the operator that pairs classes and numbers has them. */
  readonly labels: ModelLabels | undefined;
}

/** An output, or the tensor that a table of classes and numbers is made of. */
interface Candidate {
  readonly name: string;
  readonly tensor: string;
  readonly type: ValueType | undefined;
  readonly labels: ModelLabels | undefined;
  /** Numbers for each image; undefined where that is unknown, null where these are no classes. */
  readonly count: number | null | undefined;
}

/**
 * The model with one output: the one that is named, else the only floating-point one with a number for each
 * class of the data. Outputs that are the same but for a softmax count as one. A table of classes and numbers
 * (`ZipMap`, as scikit-learn's exporter ends models) becomes the tensor that it is made of.
 *
 * @returns the model itself where it has one output that is a tensor
 * @throws ToolkitError `unknown-name`; `ambiguous-output` where several fit; `not-a-classifier` where none
 *   does
 */
export function withOneOutput(
  model: Model,
  { output: wanted, classes }: OutputChoice,
  source: string,
): ChosenOutput {
  const { graph } = model;
  const candidates = candidatesOf(graph);
  const [only] = candidates;
  const chosen =
    wanted !== undefined
      ? named(candidates, wanted, source)
      : only && candidates.length === 1
        ? only
        : fitting(graph, candidates, classes, source);
  const isOnly = candidates.length === 1;
  return {
    model: isOnly && chosen.tensor === chosen.name ? model : restricted(model, chosen),
    name: isOnly ? null : chosen.name,
    others: candidates.flatMap(({ name }) => (name === chosen.name ? [] : [name])),
    labels: chosen.labels ?? labelsAt(graph, chosen.tensor),
  };
}

function candidatesOf(graph: Graph): readonly Candidate[] {
  const types = inferShapes(graph);
  const batch = graph.inputs[0]?.type?.dims?.[0];
  const producers = producersOf(graph.nodes);
  return graph.outputs.map(({ name, type: declared }) => {
    const table = producers.get(name);
    const isTable = table?.op === 'ZipMap' && table.domain === LEARNING;
    const tensor = isTable ? (table.inputs[0] ?? name) : name;
    const labels = isTable ? labelsOf(table) : undefined;
    const known = types.type(tensor) ?? declared;
    const type: ValueType | undefined =
      isTable && labels ? { dtype: 'float32', dims: known?.dims ?? [batch ?? 'N', labels.length] } : known;
    return { name, tensor, type, labels, count: countOf(type, batch) };
  });
}

/** Operators of classical machine learning. */
const LEARNING = 'ai.onnx.ml';

/** Names of classes that the operator which makes the scores has. */
function labelsAt(graph: Graph, tensor: string): ModelLabels | undefined {
  const node = producerOf(graph, tensor);
  if (node?.domain !== LEARNING) return undefined;
  return node.op === 'Normalizer' ? labelsAt(graph, node.inputs[0] ?? '') : labelsOf(node);
}

function labelsOf({ attributes }: Node): ModelLabels | undefined {
  const names = ['classlabels_strings', 'classlabels_int64s', 'classlabels_ints'];
  const [found] = names.flatMap((name) => {
    const attribute = attributes[name];
    const isList = attribute?.kind === 'strings' || attribute?.kind === 'ints';
    return isList && attribute.value.length > 0 ? [attribute.value] : [];
  });
  return found;
}

const producerOf = ({ nodes }: Graph, value: string): Node | undefined =>
  nodes.find(({ outputs }) => outputs.includes(value));

/** Scores have a fraction, or had one before they were quantized. */
const mayBeScores = ({ dtype }: ValueType): boolean =>
  /^b?float(16|32|64)$/.test(dtype) || dtype === 'int8' || dtype === 'uint8';

function countOf(type: ValueType | undefined, batch: Dim | undefined): number | null | undefined {
  if (!type || !mayBeScores(type)) return null;
  const { dims } = type;
  if (!dims) return undefined;
  // Of a single image an exporter may have left the batch axis out.
  const rest = dims.length === 1 && batch === 1 && dims[0] !== 1 ? dims : dims.slice(1);
  const longer = rest.filter((size) => size !== 1);
  const [size = 1] = longer;
  if (longer.length > 1) return null;
  return typeof size === 'number' ? size : undefined;
}

/** @throws ToolkitError `unknown-name` */
function named(candidates: readonly Candidate[], wanted: string, source: string): Candidate {
  const found = candidates.find(({ name }) => name === wanted);
  if (found) return found;
  const known = candidates.map(({ name }) => name);
  const near = nearest(wanted, known);
  throw new ToolkitError('unknown-name', {
    ...{ what: `output of ${source}`, name: wanted, known },
    ...(near !== undefined && { nearest: near }),
  });
}

/** @throws ToolkitError `ambiguous-output`, `not-a-classifier` */
function fitting(
  graph: Graph,
  candidates: readonly Candidate[],
  classes: number | undefined,
  source: string,
): Candidate {
  const [first, ...others] = fits(graph, candidates, classes);
  if (first && others.length === 0) return first;
  if (first) {
    const outputs = [first, ...others].map(described);
    throw new ToolkitError('ambiguous-output', { source, outputs, option: 'output' });
  }
  const wanted = classes === undefined ? 'classes' : `${classes} classes`;
  const problems = [`none of its outputs holds ${wanted}: ${candidates.map(described).join(', ')}`];
  throw new ToolkitError('not-a-classifier', { source, problems });
}

/**
 * The outputs of a model that may hold the classes, by name: of the best kind of fit that there is. The
 * first is the one that the others are computed from, where there is such a one.
 */
export function fittingOutputs({ graph }: Model, classes: number): readonly string[] {
  const found = fits(graph, candidatesOf(graph), classes);
  const needed = found.map(({ tensor }) => ancestors(graph.nodes, [tensor]));
  const source = found.find(({ tensor }) => needed.every((names) => names.has(tensor)));
  const rest = found.filter((each) => each !== source);
  return [...(source ? [source] : []), ...rest].map(({ name }) => name);
}

function fits(
  graph: Graph,
  candidates: readonly Candidate[],
  classes: number | undefined,
): readonly Candidate[] {
  const several = (count: Candidate['count']): count is number => typeof count === 'number' && count > 1;
  const kinds: readonly ((count: Candidate['count']) => boolean)[] = [
    (count) => several(count) && (classes === undefined || count === classes),
    (count) => several(count) && classes !== undefined && count > classes,
    (count) => count === 1 && (classes ?? 2) === 2,
    (count) => count === undefined,
  ];
  const ofBestKind = kinds
    .map((isKind) => candidates.filter(({ count }) => count !== null && isKind(count)))
    .find((found) => found.length > 0);
  // Logits and their softmax say the same.
  const seen = new Set<string>();
  const producers = producersOf(graph.nodes);
  return (ofBestKind ?? []).filter(({ tensor }) => {
    const { scores } = headOf(graph, tensor, producers);
    const isNew = !seen.has(scores);
    seen.add(scores);
    return isNew;
  });
}

const described = ({ name, type }: Candidate): string =>
  `${name} ${type?.dims ? `[${type.dims}]` : 'of unknown shape'}${type ? ` ${type.dtype}` : ''}`;

function restricted(model: Model, { tensor, type }: Candidate): Model {
  const { graph } = model;
  const declared = graph.outputs.find(({ name }) => name === tensor);
  const output: Value = declared ?? { name: tensor, ...(type && { type }) };
  return { ...model, graph: prune({ ...graph, outputs: [output] }) };
}
