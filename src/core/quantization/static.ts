import { attributesFrom, type Model, type Node } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { attributesOf } from '../onnx/operators/index.js';
import { prune, topological } from '../onnx/order.js';
import { forget, Names, reading } from '../onnx/rewrite/value-names.js';
import { float32, type Tensor, tensor } from '../tensor/tensor.js';
import { type Placement, placementOf } from './placement.js';
import { biasCodes, type LayerCodes, QuantizedWeights } from './quantized-layers.js';
import type { Range } from './ranges.js';

export type ActivationType = 'uint8' | 'int8';

const LOWEST: Readonly<Record<ActivationType, number>> = { uint8: 0, int8: -128 };
const LEVELS = 255;

/** Scale and zero point of a value. */
export interface ActivationCodes {
  readonly scale: number;
  readonly zero: number;
}

/**
 * Scale and zero point with which 8 bits cover a range, widened so that zero is a code itself, as padding and
 * ReLUs need it (Jacob et al. 2018, section 2.1; ONNX Runtime's `compute_scale_zp`).
 */
export function activationCodes([low, high]: Range, type: ActivationType): ActivationCodes {
  const [least, most] = [Math.min(0, low), Math.max(0, high)];
  const scale = (most - least) / LEVELS;
  if (scale < 1.2e-38) return { scale: 1, zero: LOWEST[type] };
  return { scale: Math.fround(scale), zero: Math.round(LOWEST[type] - least / scale) };
}

/**
 * A model whose values between layers are rounded to 8 bits, as QuantizeLinear and DequantizeLinear around
 * operators on floating-point numbers (QDQ): engines fuse these into integer kernels. Weights are int8,
 * symmetric, with a scale for each output channel where the model does not have them quantized already;
 * biases int32 in steps of `s_x s_w` (Jacob et al. 2018, Eq. 11).
 *
 * @param ranges of the values that `placementOf` names, by name
 */
export function quantizeStatically(
  model: Model,
  ranges: ReadonlyMap<string, Range>,
  type: ActivationType = 'uint8',
  placement: Placement = placementOf(model),
): Model {
  return new Writer(model, ranges, type, placement).write();
}

class Writer {
  private readonly names: Names;
  private readonly initializers: Map<string, Tensor>;
  private readonly weights: QuantizedWeights;
  private readonly nodes: Node[] = [];
  /** What is read in place of a value. */
  private readonly read = new Map<string, string>();
  private readonly codes = new Map<string, ActivationCodes>();
  /** Names of the scale and the zero point of a value. */
  private readonly parameters = new Map<string, readonly [string, string]>();

  constructor(
    private readonly model: Model,
    private readonly ranges: ReadonlyMap<string, Range>,
    private readonly type: ActivationType,
    private readonly placement: Placement,
  ) {
    this.names = new Names(model.graph);
    this.initializers = new Map(model.graph.initializers);
    this.weights = new QuantizedWeights(model, this.names);
  }

  write(): Model {
    const { graph } = this.model;
    const { own, shared, constants, removed, layers } = this.placement;
    const outputs = new Set(graph.outputs.map(({ name }) => name));
    const inputs = new Set(graph.inputs.map(({ name }) => name));
    const rounded = new Set([...own, ...shared.keys()].filter((name) => this.parametersOf(name)));
    // What produces a value that the graph outputs writes it under another name: the value itself is what
    // was rounded.
    const written = new Map<string, string>();
    for (const node of removed) {
      const [input = '', output = ''] = [node.inputs[0], node.outputs[0]];
      written.set(input, output);
    }
    const before = new Map<string, string>();
    for (const name of rounded) {
      if (outputs.has(name) && !inputs.has(name)) before.set(name, this.names.fresh(`${name}/float`));
      this.roundActivation(name, before.get(name));
    }
    const placed = (name: string) => {
      const output = written.get(name) ?? name;
      return before.get(output) ?? output;
    };
    for (const name of constants) this.roundConstant(name);
    const biases = new Map(layers.map((node) => [node, this.roundLayer(node)]));
    const others = graph.nodes
      .filter((node) => !removed.has(node))
      .map((node) => {
        const named = biases.get(node) ?? node;
        const results = named.outputs.map(placed);
        const isSame = results.every((name, i) => name === named.outputs[i]);
        return reading(isSame ? named : { ...named, outputs: results }, this.read);
      });
    const changed = {
      ...forget(graph, [...written.keys(), ...this.nodes.flatMap((node) => node.outputs)]),
      nodes: [...this.nodes, ...others],
      initializers: new Map([...this.initializers, ...this.weights.initializers]),
    };
    return { ...this.model, graph: prune({ ...changed, nodes: topological(changed) }) };
  }

  /** Of a value with a range, or of the one that it is rounded as. */
  private parametersOf(name: string): readonly [string, string] | undefined {
    const known = this.parameters.get(name);
    if (known) return known;
    const provider = this.placement.shared.get(name);
    const range = this.rangeOf(name);
    const found = provider === undefined ? range && this.stored(name, range) : this.parametersOf(provider);
    const codes = provider === undefined ? undefined : this.codes.get(provider);
    if (found) this.parameters.set(name, found);
    if (codes) this.codes.set(name, codes);
    return found;
  }

  private rangeOf(name: string): Range | undefined {
    const [range, bounds] = [this.ranges.get(name), this.placement.bounds.get(name)];
    if (!range || !bounds) return range ?? (bounds?.every(Number.isFinite) ? bounds : undefined);
    return [Math.max(range[0], bounds[0]), Math.min(range[1], bounds[1])];
  }

  private stored(name: string, range: Range): readonly [string, string] {
    const codes = activationCodes(range, this.type);
    this.codes.set(name, codes);
    const data = this.type === 'uint8' ? Uint8Array.of(codes.zero) : Int8Array.of(codes.zero);
    return [
      this.keep(`${name}/scale`, float32([], [codes.scale])),
      this.keep(`${name}/zero`, { dtype: this.type, dims: [], data } as Tensor),
    ];
  }

  private keep(wanted: string, value: Tensor): string {
    const name = this.names.fresh(wanted);
    this.initializers.set(name, value);
    return name;
  }

  private node(op: string, inputs: readonly string[], output: string, axis?: number): void {
    const attributes = attributesFrom(axis === undefined ? {} : { axis });
    const name = this.names.fresh(`${output}/${op}`);
    this.nodes.push({ op, domain: '', name, inputs, outputs: [output], attributes });
  }

  /** @param float name of the value before rounding, for an output of the graph */
  private roundActivation(name: string, float: string | undefined): void {
    const parameters = this.parametersOf(name) ?? ['', ''];
    const codes = this.names.fresh(`${name}/codes`);
    const result = float === undefined ? this.names.fresh(`${name}/rounded`) : name;
    this.node('QuantizeLinear', [float ?? name, ...parameters], codes);
    this.node('DequantizeLinear', [codes, ...parameters], result);
    if (float === undefined) this.read.set(name, result);
  }

  /** A stored operand: rounded once, here. */
  private roundConstant(name: string): void {
    const value = this.initializers.get(name);
    if (value?.dtype !== 'float32' || value.data.length === 0) return;
    const data = (value as Tensor<'float32'>).data;
    const range = data.reduce<Range>(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [0, 0]);
    const { scale, zero } = activationCodes(range, this.type);
    const lowest = LOWEST[this.type];
    const code = (v: number) => Math.max(lowest, Math.min(lowest + LEVELS, Math.round(v / scale) + zero));
    const codes = this.type === 'uint8' ? Uint8Array.from(data, code) : Int8Array.from(data, code);
    const result = this.names.fresh(`${name}/rounded`);
    const stored = this.keep(`${name}/codes`, { dtype: this.type, dims: value.dims, data: codes } as Tensor);
    this.node('DequantizeLinear', [stored, ...this.stored(name, range)], result);
    this.read.set(name, result);
  }

  /** The weight and the bias of a layer as integers. @returns the layer that reads them */
  private roundLayer(node: Node): Node {
    const [input = '', weight = '', bias = ''] = node.inputs;
    const types = inferShapes(this.model.graph);
    const dims = types.type(weight)?.dims?.map(Number) ?? [];
    const codes = this.weights.of(weight, dims);
    if (!codes) return node;
    const isNew = this.weights.initializers.has(codes.codes);
    const read = isNew ? this.dequantizedWeight(weight, codes) : weight;
    const scale = this.codes.get(input)?.scale;
    const value = bias === '' ? undefined : this.model.graph.initializers.get(bias);
    const canRound = node.op !== 'Gemm' || attributesOf(node, 'Gemm').beta === 1;
    const rounded =
      canRound && scale !== undefined && value?.dtype === 'float32'
        ? biasCodes(value as Tensor<'float32'>, scale, codes.scale)
        : undefined;
    if (!rounded || (node.op === 'Gemm' && value?.dims.length !== 1)) {
      return { ...node, inputs: node.inputs.map((name, i) => (i === 1 ? read : name)) };
    }
    const result = this.names.fresh(`${bias}/rounded`);
    const zero = tensor('int32', rounded.scale.dims, new Int32Array(rounded.scale.data.length));
    const inputs = [
      this.keep(`${bias}/codes`, rounded.codes),
      this.keep(`${bias}/scale`, rounded.scale),
      this.keep(`${bias}/zero`, zero),
    ];
    this.node('DequantizeLinear', inputs, result, rounded.scale.dims.length === 0 ? undefined : 0);
    return { ...node, inputs: node.inputs.map((name, i) => (i === 1 ? read : i === 2 ? result : name)) };
  }

  private readonly dequantizedWeights = new Map<string, string>();

  private dequantizedWeight(weight: string, { codes, scale, axis }: LayerCodes): string {
    const known = this.dequantizedWeights.get(weight);
    if (known) return known;
    const result = this.names.fresh(`${weight}/rounded`);
    const zero = tensor('int8', scale.dims, new Int8Array(scale.data.length));
    const inputs = [codes, this.keep(`${weight}/scale`, scale), this.keep(`${weight}/zero`, zero)];
    this.node('DequantizeLinear', inputs, result, axis);
    this.dequantizedWeights.set(weight, result);
    return result;
  }
}
