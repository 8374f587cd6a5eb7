import { bounded } from '../../../base/bounded.js';
import type { DType } from '../../../tensor/tensor.js';
import { float32 } from '../../../tensor/tensor.js';
import { toFloat32 } from '../../../tensor/to-float32.js';
import type { GraphBuilder } from '../../builder.js';
import type { Node } from '../../graph.js';
import { NodeContext } from '../../node-context.js';
import type { OperatorName } from '../../operators/index.js';
import { aligned, type Granularity, integerRange } from '../../quantization-parameters.js';

/**
 * What a lowering to float32 sees: the node of the deployed model, the types that its values have there, and
 * the graph that it writes to, where quantized numbers ("codes") are float32 as well.
 */
export class Float32Context<K extends OperatorName = OperatorName> extends NodeContext<K> {
  /** @param deployed element type of a value in the deployed model */
  constructor(
    g: GraphBuilder,
    node: Node,
    name: K,
    private readonly deployed: (value: string) => DType | undefined,
  ) {
    super(g, node, name);
  }

  /** Element type that an input has in the deployed model. */
  was(i: number): DType {
    return this.deployed(this.x(i)) ?? 'float32';
  }

  /** The same of the first output. */
  get becomes(): DType {
    return this.deployed(this.y) ?? 'uint8';
  }

  /** An input as float32, stored where it is a constant. */
  float(i: number): string {
    return asFloat32(this.g, this.x(i));
  }

  /** Numbers of an input that is a constant. */
  numbers(i: number): Float32Array | undefined {
    const stored = this.g.initializerOf(this.x(i));
    return stored && toFloat32(stored)?.data;
  }

  /**
   * Codes without their zero point, `q - z`: exact integers.
   * @param axis to which a zero point of several elements belongs
   */
  centered(codes: number, zeroPoint: number, axis = -1): string {
    const { g } = this;
    const value = this.float(codes);
    const zeros = this.has(zeroPoint) ? this.numbers(zeroPoint) : Float32Array.of(0);
    if (zeros?.every((zero) => zero === 0)) return value;
    const stored = this.numbers(codes);
    const [zero] = zeros ?? [];
    if (stored && zeros?.length === 1 && zero !== undefined) {
      return g.constant(
        float32(
          g.dims(value).map(Number),
          stored.map((code) => code - zero),
        ),
      );
    }
    return g.sub(value, this.parameter(zeroPoint, value, { axis }));
  }

  /** A scale or zero point in a shape that broadcasts against a value. */
  parameter(i: number, value: string, granularity: Granularity): string {
    const parameter = this.float(i);
    return aligned(this.g, parameter, value, granularity) ?? parameter;
  }

  /**
   * `saturate(round(v) + z)`, as codes.
   * @param ratio what is quantized, divided by the scale
   * @param zeroPoint the input that holds z, whose type says the range
   */
  quantized(ratio: string, zeroPoint: number, granularity: Granularity = {}, dtype = this.typeOf(zeroPoint)) {
    const { g } = this;
    const [low, high] = integerRange(dtype) ?? [0, 255];
    const zeros = this.has(zeroPoint) ? this.numbers(zeroPoint) : Float32Array.of(0);
    const rounded = g.op('Round', [ratio]);
    const isCentred = zeros?.every((zero) => zero === 0);
    const shifted = isCentred ? rounded : g.add(rounded, this.parameter(zeroPoint, ratio, granularity));
    return g.clip(shifted, low, high);
  }

  private typeOf(zeroPoint: number): DType {
    return this.has(zeroPoint) ? this.was(zeroPoint) : this.becomes;
  }

  /** `(q - z) s` of an operand followed by its scale and zero point. */
  dequantized(codes: number, scale = codes + 1, zeroPoint = codes + 2): string {
    return this.g.mul(this.centered(codes, zeroPoint), this.float(scale));
  }

  /** A value quantized with a scale and the zero point behind it. */
  requantized(value: string, scale: number, zeroPoint = scale + 1): string {
    return this.quantized(this.g.div(value, this.float(scale)), zeroPoint);
  }

  /**
   * The product of scales, divided by another one: one constant where all are, computed in
   * float32 as the engine does.
   * @param over undefined for none
   */
  factor(scales: readonly number[], over?: number): string {
    const { g } = this;
    const known = [...scales, ...(over === undefined ? [] : [over])].map((i) => this.numbers(i));
    if (!known.every((numbers) => numbers !== undefined)) {
      const product = scales.map((i) => this.float(i)).reduce((a, b) => g.mul(a, b));
      return over === undefined ? product : g.div(product, this.float(over));
    }
    const size = Math.max(...known.map((numbers) => numbers.length));
    const of = (numbers: Float32Array, i: number) => numbers[numbers.length === 1 ? 0 : i] ?? 0;
    const result = Float32Array.from({ length: bounded(size) }, (_, i) => {
      const product = known.slice(0, scales.length).reduce((a, b) => Math.fround(a * of(b, i)), 1);
      const last = known[scales.length];
      return last ? product / of(last, i) : product;
    });
    return g.constant(float32(size === 1 ? [] : [size], result));
  }
}

export function asFloat32(g: GraphBuilder, value: string): string {
  if (g.dtype(value) === 'float32') return value;
  const stored = g.initializerOf(value);
  const converted = stored && toFloat32(stored);
  return converted ? g.constant(converted) : g.cast(value, 'float32');
}

/**
 * Writes an operator on quantized numbers as operators on float32; undefined when this
 * node cannot be written so.
 */
export type Float32Lowering<K extends OperatorName> = (
  context: Float32Context<K>,
) => readonly (string | undefined)[] | undefined;

export type Float32Family = { readonly [K in OperatorName]?: Float32Lowering<K> };
