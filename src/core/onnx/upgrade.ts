import { ToolkitError } from '../base/errors.js';
import { float32, int64, type Tensor, tensor } from '../tensor/tensor.js';
import { type Attribute, type Model, type Node, opsetOf, TOOLKIT_OPSET, type ValueType } from './graph.js';
import { inputsOf, topological } from './order.js';
import { Environment, inferNode } from './shapes/index.js';
import { type UpgradeContext, upgrades } from './upgrades.js';

/** The oldest operator set whose arithmetic broadcasts as NumPy does, so that nodes keep their meaning. */
const OLDEST_OPSET = 7;

/**
 * The same model for the operator set that the toolkit speaks: nodes of standard ONNX from operator sets 7 to 19
 * get the signatures of 20, and Constant nodes become initializers whatever the operator set. Newer models keep theirs.
 *
 * @param source how messages name the model
 * @throws ToolkitError `old-opset` below 7 and for control flow below 20; `corrupt-model` when nodes have no order
 */
export function upgrade(model: Model, source = 'model'): Model {
  const standard = model.graph.nodes.filter((node) => node.domain === '');
  if (standard.length === 0) return model;
  const opset = opsetOf(model);
  if (opset < OLDEST_OPSET) {
    throw new ToolkitError('old-opset', { source, opset, reason: `which is older than ${OLDEST_OPSET}` });
  }
  const old = opset < TOOLKIT_OPSET;
  const nested = model.graph.nodes.find((node) => inputsOf(node) !== node.inputs);
  if (old && nested) {
    throw new ToolkitError('old-opset', {
      source,
      opset,
      reason: `whose ${nested.op} holds a graph of its own`,
    });
  }
  if (!old && standard.every((node) => !constantOf(node))) return model;
  const rewriter = new Rewriter(model, opset);
  for (const node of topological(model.graph, source)) rewriter.add(node);
  return {
    ...model,
    // Operator set 20 came with version 9 of the file format.
    irVersion: old ? Math.max(model.irVersion, 9) : model.irVersion,
    opsets: old ? new Map([...model.opsets, ['', TOOLKIT_OPSET]]) : model.opsets,
    graph: { ...model.graph, nodes: rewriter.nodes, initializers: rewriter.initializers },
  };
}

/** Collects the new nodes, knowing the types of everything before them. */
class Rewriter {
  readonly nodes: Node[] = [];
  readonly initializers: Map<string, Tensor>;
  private readonly env: Environment;
  private readonly taken: Set<string>;
  private count = 0;

  constructor(
    model: Model,
    private readonly opset: number,
  ) {
    const { graph } = model;
    this.initializers = new Map(graph.initializers);
    this.env = Environment.of(graph);
    this.taken = new Set([
      ...graph.initializers.keys(),
      ...graph.inputs.map((v) => v.name),
      ...graph.nodes.flatMap((node) => node.outputs),
    ]);
  }

  add(node: Node): void {
    const constant = constantOf(node);
    if (constant) {
      this.store(node.outputs[0]!, constant);
      return;
    }
    const entry = node.domain === '' && Object.hasOwn(upgrades, node.op) ? upgrades[node.op] : undefined;
    const replaced = entry && this.opset < entry.before ? entry.rewrite(this.context(node)) : [node];
    for (const result of replaced) {
      this.nodes.push(result);
      inferNode(result, this.env);
    }
  }

  private context(node: Node): UpgradeContext {
    return {
      node,
      opset: this.opset,
      type: (i) => this.env.type(node.inputs[i] ?? ''),
      tensor: (i) => this.initializers.get(node.inputs[i] ?? ''),
      fresh: () => this.fresh(),
      ints: (values) => this.constant(int64([values.length], values.map(safe))),
      floats: (values) => this.constant(float32([values.length], values)),
      scalarLike: (i, value) => this.scalarLike(this.env.type(node.inputs[i] ?? ''), node.inputs[i]!, value),
    };
  }

  /** A scalar of the type of another value; a type that JavaScript cannot write, or that is unknown, is cast to. */
  private scalarLike(type: ValueType | undefined, like: string, value: number): string {
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
    let name: string;
    do {
      this.count += 1;
      name = `fp/upgrade_${this.count}`;
    } while (this.taken.has(name));
    return name;
  }
}

/** "To the end" is written as the largest int64, which a double rounds up beyond int64. */
const safe = (value: number): number =>
  Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);

/** What a Constant node holds; undefined for other nodes and for the sparse form. */
function constantOf(node: Node): Tensor | undefined {
  if (node.op !== 'Constant' || node.domain !== '' || !node.outputs[0]) return undefined;
  const found = Object.entries(node.attributes).map(([name, attribute]) => tensorOf(name, attribute));
  return found.find((value) => value !== undefined);
}

function tensorOf(name: string, attribute: Attribute): Tensor | undefined {
  const { kind, value } = attribute;
  if (name === 'value' && kind === 'tensor') return value;
  if (name === 'value_float' && kind === 'float') return float32([], [value]);
  if (name === 'value_floats' && kind === 'floats') return float32([value.length], value);
  if (name === 'value_string' && kind === 'string') return tensor('string', [], [value]);
  if (name === 'value_strings' && kind === 'strings') return tensor('string', [value.length], [...value]);
  // From the message where there is one: a double does not hold every int64.
  if (name === 'value_int' && kind === 'int') return int64([], [attribute.origin?.i ?? value]);
  if (name === 'value_ints' && kind === 'ints') return int64([value.length], attribute.origin?.ints ?? value);
  return undefined;
}
