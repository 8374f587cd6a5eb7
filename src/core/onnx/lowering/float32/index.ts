import { type DType, dtypeOfCode, dtypes, type Tensor } from '../../../tensor/tensor.js';
import { toFloat32 } from '../../../tensor/to-float32.js';
import { GraphBuilder } from '../../builder.js';
import {
  type Attribute,
  type Graph,
  type Model,
  type Node,
  operatorKey,
  type Value,
  type ValueType,
} from '../../graph.js';
import { inferShapes } from '../../infer.js';
import { isOperatorName } from '../../operators/index.js';
import { topological } from '../../order.js';
import { blocks } from './blocks.js';
import { asFloat32, Float32Context, type Float32Family, type Float32Lowering } from './context.js';
import { elementwise } from './elementwise.js';
import { integers } from './integers.js';
import { layers } from './layers.js';
import { quantizers } from './quantizers.js';

/**
 * Operators that are written otherwise where quantized numbers are float32. A new family is
 * one file and one line here.
 */
export const float32Lowerings: Float32Family = {
  ...quantizers,
  ...integers,
  ...elementwise,
  ...blocks,
  ...layers,
};

/**
 * Element types that become float32: numbers with a fraction of any precision, and integers of at most 16
 * bits, which only quantized models compute with. Wider ones are indices and shapes.
 */
const NARROW: ReadonlySet<DType> = new Set([
  ...(['float16', 'bfloat16', 'float64', 'int8', 'uint8', 'int16', 'uint16'] as const),
  ...(['int4', 'uint4', 'int2', 'uint2'] as const),
]);

/** Operators of bits, which no floating-point numbers have. */
const BITWISE = new Set(['BitShift', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'BitwiseNot', 'Mod']);

const isNarrow = (type: ValueType | undefined) => type !== undefined && NARROW.has(type.dtype);

/** Whether a model computes with other numbers than float32. */
export function holdsNarrow({ graph }: Model): boolean {
  const types = inferShapes({ ...graph, nodes: topological(graph) });
  const isLowered = (node: Node) => Object.hasOwn(float32Lowerings, operatorKey(node)) && node.op !== 'Cast';
  return graph.nodes.some(
    (node) => isLowered(node) || [...node.inputs, ...node.outputs].some((name) => isNarrow(types.type(name))),
  );
}

/**
 * The model with float32 in the place of every narrower or wider number: half precision is computed in
 * single, and quantized numbers are float32 that hold the same integers, between operators that round and
 * saturate. Results are those of the deployed model up to rounding, which may take a quantized number one
 * step further. For graphs that are differentiated, never for the judge.
 *
 * Inputs and outputs become float32 as well.
 *
 * @returns the model itself when all its numbers are float32
 */
export function inFloat32(model: Model): Model {
  if (!holdsNarrow(model)) return model;
  return new Float32Writer(model).write();
}

class Float32Writer {
  private readonly nodes: readonly Node[];
  private readonly g: GraphBuilder;
  private readonly deployed: (name: string) => DType | undefined;
  /** Sums of integers, which are float32 here. */
  private readonly sums = new Set<string>();

  constructor(model: Model) {
    this.nodes = topological(model.graph);
    const types = inferShapes({ ...model.graph, nodes: this.nodes });
    this.deployed = (name) => types.type(name)?.dtype;
    const graph = { ...withFloat32Ends(model.graph), nodes: this.nodes };
    this.g = new GraphBuilder({ ...model, graph }, 'fp/float32/', 'rewritten');
  }

  write(): Model {
    for (const node of this.nodes) this.add(node);
    return this.g.build();
  }

  private add(node: Node): void {
    const { g } = this;
    const results = this.lowered(node) ?? this.kept(node);
    for (const [i, name] of node.outputs.entries()) {
      const result = results?.[i];
      if (name === '' || !result) continue;
      g.name(result, name);
      if (this.deployed(name) === 'int32' && g.dtype(name) === 'float32') this.sums.add(name);
    }
  }

  private lowered(node: Node): readonly (string | undefined)[] | undefined {
    const name = operatorKey(node);
    if (!isOperatorName(name) || !Object.hasOwn(float32Lowerings, name)) return undefined;
    if (node.op === 'Cast' && !this.changesCast(node)) return undefined;
    const lowering = float32Lowerings[name] as Float32Lowering<typeof name> | undefined;
    return lowering?.(new Float32Context(this.g, node, name, this.deployed));
  }

  /** A cast to a type that becomes float32, or between numbers that are float32 already. */
  private changesCast(node: Node): boolean {
    const to = node.attributes.to?.kind === 'int' ? dtypeOfCode(node.attributes.to.value) : undefined;
    const [from = ''] = node.inputs;
    if (to === undefined) return false;
    if (NARROW.has(to)) return true;
    return to === 'float32' ? this.g.dtype(from) === 'float32' : to === 'int32' && this.isCode(from);
  }

  private isCode = (name: string) =>
    this.sums.has(name) || (isNarrow({ dtype: this.deployed(name) ?? 'float32' }) && !this.isFraction(name));

  private isFraction = (name: string) => this.deployed(name)?.includes('float') ?? false;

  /** A node that stays what it is, on float32. */
  private kept(node: Node): readonly (string | undefined)[] | undefined {
    const { g } = this;
    if (BITWISE.has(node.op) && node.domain === '' && node.inputs.some(this.isCode))
      return this.inIntegers(node);
    const mixed = node.inputs.some((name) => this.sums.has(name));
    const inputs = node.inputs.map((name) =>
      mixed && this.deployed(name) === 'int32' ? asFloat32(g, name) : name,
    );
    g.copy({ ...node, inputs, attributes: float32Attributes(node) });
    for (const name of node.outputs)
      if (name !== '' && mixed && this.deployed(name) === 'int32') this.sums.add(name);
    return undefined;
  }

  private inIntegers(node: Node): readonly string[] {
    const { g } = this;
    const inputs = node.inputs.map((name) =>
      name === '' ? name : g.cast(name, this.deployed(name) ?? 'int32'),
    );
    const attributes = Object.fromEntries(Object.entries(node.attributes));
    return g
      .ops(node.op, inputs, attributes, { outputs: node.outputs.length })
      .map((name) => asFloat32(g, name));
  }
}

const float32Value = (value: Value): Value =>
  isNarrow(value.type) && value.type
    ? { name: value.name, type: { ...value.type, dtype: 'float32' } }
    : value;

const float32Tensor = (value: Tensor): Tensor =>
  NARROW.has(value.dtype) ? (toFloat32(value) ?? value) : value;

/**
 * Inputs, outputs and constants as float32; what the file states of values in between is
 * forgotten where it is wrong now.
 */
function withFloat32Ends(graph: Graph): Graph {
  const { stated, ...rest } = graph;
  const kept = [...(stated ?? [])].filter(([, type]) => !isNarrow(type) && type.dtype !== 'int32');
  return {
    ...rest,
    inputs: graph.inputs.map(float32Value),
    outputs: graph.outputs.map(float32Value),
    initializers: new Map([...graph.initializers].map(([name, value]) => [name, float32Tensor(value)])),
    ...(stated && { stated: new Map(kept) }),
  };
}

/** Attributes that hold numbers or name an element type, and bodies. */
function float32Attributes(node: Node): Node['attributes'] {
  const entries = Object.entries(node.attributes).map(([name, attribute]): [string, Attribute] => {
    if (attribute.kind === 'tensor') return [name, { kind: 'tensor', value: float32Tensor(attribute.value) }];
    const isType = name === 'to' || name === 'dtype' || name === 'output_dtype';
    const dtype = isType && attribute.kind === 'int' ? dtypeOfCode(attribute.value) : undefined;
    if (dtype && NARROW.has(dtype)) return [name, { kind: 'int', value: dtypes.float32.code }];
    return [name, attribute];
  });
  return Object.fromEntries(entries);
}
