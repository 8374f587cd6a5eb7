import { ToolkitError } from '../base/errors.js';
import { float32, int64, type Tensor, tensor } from '../tensor/tensor.js';
import { constantNode, constantOf } from './constants.js';
import type { Environment } from './environment.js';
import {
  bodiesOf,
  type Graph,
  type Model,
  type Node,
  opsetOf,
  TOOLKIT_OPSET,
  type ValueType,
} from './graph.js';
import { environmentOf, inferNode } from './infer.js';
import { readAttributes } from './operators/attributes.js';
import { operatorOf } from './operators/index.js';
import type { Operator, UpgradeContext } from './operators/operator.js';
import { capturedBy, topological } from './order.js';
import { withBodies } from './rewrite/copy.js';
import { Names } from './rewrite/value-names.js';

/** The oldest operator set whose arithmetic broadcasts as NumPy does, so that nodes keep their meaning. */
const OLDEST_OPSET = 7;

/**
 * The same model for the operator set that the toolkit speaks: nodes of standard ONNX from operator sets 7 to
 * 19 get the signatures of 20, and Constant nodes become initializers whatever the operator set; in the
 * bodies of nodes and of the model's own functions too. Newer models keep theirs.
 *
 * @param source how messages name the model
 * @throws ToolkitError `old-opset` below 7; `corrupt-model` when nodes have no order
 */
export function upgrade(model: Model, source = 'model'): Model {
  const functions = model.functions?.map((local) => {
    const opset = opsetOf(local);
    const body = opset < TOOLKIT_OPSET && upgradeBody(functionGraph(local), opset, source);
    if (!body) return local;
    // A function has no initializers.
    const constants = [...body.initializers].map(([name, value]) => constantNode(name, value));
    return { ...local, opsets: upgraded(local.opsets), nodes: [...constants, ...body.nodes] };
  });
  const opset = opsetOf(model);
  const graph = upgradeBody(model.graph, opset, source);
  const changed = functions?.some((local, i) => local !== model.functions?.[i]);
  // Of a graph of custom operators alone the operator set is what is written around it.
  const isFree = !usesStandard(model.graph) && opset < TOOLKIT_OPSET;
  if (!graph && !changed && !isFree) return model;
  const old = (graph !== undefined && opset < TOOLKIT_OPSET) || isFree;
  return {
    ...model,
    // Operator set 20 came with version 9 of the file format.
    irVersion: old ? Math.max(model.irVersion, 9) : model.irVersion,
    opsets: old ? upgraded(model.opsets) : model.opsets,
    graph: graph ?? model.graph,
    ...(functions && { functions }),
  };
}

const upgraded = (opsets: ReadonlyMap<string, number>) => new Map([...opsets, ['', TOOLKIT_OPSET]]);

const functionGraph = ({ name, nodes, inputs, outputs }: NonNullable<Model['functions']>[number]): Graph => ({
  name,
  nodes,
  inputs: inputs.map((input) => ({ name: input })),
  outputs: outputs.map((output) => ({ name: output })),
  initializers: new Map(),
});

/** @returns undefined when the body is of today */
function upgradeBody(graph: Graph, opset: number, source: string): Graph | undefined {
  if (!usesStandard(graph)) return undefined;
  if (opset < OLDEST_OPSET) {
    throw new ToolkitError('old-opset', { source, opset, reason: `which is older than ${OLDEST_OPSET}` });
  }
  const isOld = opset < TOOLKIT_OPSET;
  if (!isOld && !holdsConstants(graph)) return undefined;
  return new Upgrader(new Names(graph), opset, source).upgrade(graph);
}

const usesStandard = (graph: Graph): boolean =>
  graph.nodes.some((node) => node.domain === '' || bodiesOf(node).some(usesStandard));

const holdsConstants = (graph: Graph): boolean =>
  graph.nodes.some((node) => constantOf(node) !== undefined || bodiesOf(node).some(holdsConstants));

/** Collects the new nodes of one graph, knowing the types of everything before them. */
class Upgrader {
  private readonly nodes: Node[] = [];
  private readonly initializers = new Map<string, Tensor>();
  private env: Environment;

  constructor(
    private readonly names: Names,
    private readonly opset: number,
    private readonly source: string,
    private readonly outer?: Environment,
  ) {
    this.env = environmentOf();
  }

  upgrade(graph: Graph): Graph {
    for (const [name, value] of graph.initializers) this.initializers.set(name, value);
    this.env = environmentOf(graph, this.outer);
    // A body has to make its outputs itself.
    const kept = new Set(this.outer ? graph.outputs.map((v) => v.name) : []);
    for (const node of topological(graph, this.source, this.outer && capturedBy(graph))) this.add(node, kept);
    return { ...graph, nodes: this.nodes, initializers: this.initializers };
  }

  private add(node: Node, kept: ReadonlySet<string>): void {
    const constant = constantOf(node);
    const [name = ''] = node.outputs;
    if (constant && !kept.has(name)) {
      this.store(name, constant);
      return;
    }
    const inside = bodiesOf(node).length === 0 ? node : this.withUpgradedBodies(node);
    const operator = operatorOf(node);
    const entry = operator?.upgrade;
    const isOld = entry !== undefined && this.opset < entry.before;
    if (isOld && Object.values(node.attributes).some(({ kind }) => kind === 'reference')) {
      this.refuse(`whose functions hand attributes on to ${node.op}`);
    }
    const replaced = operator && isOld ? entry.rewrite(this.context(inside, operator)) : [inside];
    for (const result of replaced) {
      this.nodes.push(result);
      inferNode(result, this.env);
    }
  }

  private withUpgradedBodies(node: Node): Node {
    if (node.op === 'Scan' && node.domain === '' && this.opset < 9)
      this.refuse('whose Scan runs over batches');
    const within = (body: Graph) => new Upgrader(this.names, this.opset, this.source, this.env).upgrade(body);
    return { ...node, attributes: withBodies(node, within) };
  }

  private refuse(reason: string): never {
    throw new ToolkitError('old-opset', { source: this.source, opset: this.opset, reason });
  }

  private context(node: Node, { attributes, upgrade }: Operator): UpgradeContext {
    return {
      node,
      attributes: readAttributes(node, { ...attributes, ...upgrade?.attributes }),
      opset: this.opset,
      type: (i) => this.env.type(node.inputs[i] ?? ''),
      tensor: (i) => this.initializers.get(node.inputs[i] ?? ''),
      fresh: () => this.fresh(),
      ints: (values) => this.constant(int64([values.length], values.map(safe))),
      floats: (values) => this.constant(float32([values.length], values)),
      scalarLike: (i, value) => this.scalarLike(node.inputs[i] ?? '', value),
    };
  }

  /**
   * A scalar of the type of another value; a type that JavaScript cannot write, or that is unknown, is cast
   * to.
   */
  private scalarLike(like: string, value: number): string {
    const type: ValueType | undefined = this.env.type(like);
    if (type?.dtype === 'float64') return this.constant(tensor('float64', [], Float64Array.of(value)));
    const single = this.constant(float32([], [value]));
    if (type?.dtype === 'float32') return single;
    const cast = this.fresh();
    this.nodes.push({
      op: 'CastLike',
      domain: '',
      name: cast,
      inputs: [single, like],
      outputs: [cast],
      attributes: {},
    });
    return cast;
  }

  private constant(value: Tensor): string {
    const name = this.fresh();
    this.store(name, value);
    return name;
  }

  private store(name: string, value: Tensor): void {
    this.initializers.set(name, value);
    this.env.declareTensor(name, value);
  }

  private fresh(): string {
    return this.names.fresh('fp/upgrade');
  }
}

/** "To the end" is written as the largest int64, which a double rounds up beyond int64. */
const safe = (value: number): number =>
  Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
