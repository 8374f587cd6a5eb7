import type { Model, Node } from '../onnx/graph.js';
import type { Names } from '../onnx/rewrite/value-names.js';
import { outputAxis } from '../reshaping/index.js';
import { quantizedTheta } from '../reshaping/quantize.js';
import { float32, type Tensor, tensor } from '../tensor/tensor.js';

/** The weight of a layer as integers: `scale * codes`. */
export interface LayerCodes {
  /** Name of int8 codes: stored, or computed from what is stored. */
  readonly codes: string;
  /** A scalar, or one number for each output channel. */
  readonly scale: Tensor<'float32'>;
  /** Of the channels; undefined for a scalar. */
  readonly axis: number | undefined;
}

/** Integers of the weights of layers: those that the model has, and new ones of weights that it stores. */
export class QuantizedWeights {
  /** New codes and scales, by name. */
  readonly initializers = new Map<string, Tensor>();
  private readonly made = new Map<string, LayerCodes | undefined>();
  private readonly producers: ReadonlyMap<string, Node>;

  /** @param names of the model, and of what is added to it */
  constructor(
    private readonly model: Model,
    private readonly names: Names,
  ) {
    this.producers = new Map(model.graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  }

  /** @returns undefined for a weight that is neither stored nor dequantized from int8 */
  of(weight: string, dims: readonly number[]): LayerCodes | undefined {
    if (!this.made.has(weight)) this.made.set(weight, this.dequantized(weight) ?? this.stored(weight, dims));
    return this.made.get(weight);
  }

  /** The codes that a weight is dequantized from. */
  private dequantized(weight: string): LayerCodes | undefined {
    let node = this.producers.get(weight);
    while (node?.op === 'Identity' && node.domain === '') node = this.producers.get(node.inputs[0] ?? '');
    if (node?.op !== 'DequantizeLinear' || node.domain !== '') return undefined;
    const { initializers } = this.model.graph;
    const [codes = '', scale, zero] = node.inputs.map((name, i) => (i === 0 ? name : initializers.get(name)));
    if (typeof codes !== 'string' || typeof scale !== 'object' || scale.dtype !== 'float32') return undefined;
    if (typeof zero !== 'object' || zero.dtype !== 'int8' || !zero.data.every((z) => z === 0))
      return undefined;
    const axis = node.attributes.axis?.kind === 'int' ? node.attributes.axis.value : 1;
    return {
      codes,
      scale: scale as Tensor<'float32'>,
      axis: scale.dims.length === 0 ? undefined : axis,
    };
  }

  private stored(weight: string, dims: readonly number[]): LayerCodes | undefined {
    const value = this.model.graph.initializers.get(weight);
    if (value?.dtype !== 'float32') return undefined;
    const axis = outputAxis(this.model, weight, dims.length);
    const { codes, scale } = quantizedTheta(value as Tensor<'float32'>, axis, 'int8');
    const name = this.names.fresh(`${weight}/codes`);
    this.initializers.set(name, codes);
    return { codes: name, scale, axis };
  }
}

/** The largest code of a bias: one less than int32 holds. */
const MAX_BIAS = 2 ** 31 - 2;

/** A bias as integers in steps of the products that it is added to. */
export interface BiasCodes {
  readonly codes: Tensor<'int32'>;
  /** Of the input times that of the weight. */
  readonly scale: Tensor<'float32'>;
}

/** @returns undefined where the steps are so small that the integers overflow */
export function biasCodes(
  bias: Tensor<'float32'>,
  inputScale: number,
  weightScale: Tensor<'float32'>,
): BiasCodes | undefined {
  const scale = Float32Array.from(weightScale.data, (each) => each * inputScale);
  const steps = (i: number) => Math.round((bias.data[i] ?? 0) / (scale[scale.length === 1 ? 0 : i] ?? 1));
  const codes = Array.from(bias.data, (_, i) => steps(i));
  if (codes.some((code) => Math.abs(code) > MAX_BIAS || !Number.isFinite(code))) return undefined;
  return {
    codes: tensor('int32', bias.dims, Int32Array.from(codes)),
    scale: float32(weightScale.dims, scale),
  };
}
