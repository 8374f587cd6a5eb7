import type { Descriptors, ParametersOf, ParameterValues } from '../base/parameters.js';
import type { GraphBuilder } from '../onnx/builder.js';
import type { Tensor } from '../tensor/tensor.js';

/** Parameters of a reshaping by name, as they are recorded in a model's metadata. */
export type Parameters = ParameterValues;

/** Which weight is being reshaped. */
export interface Site {
  /** Name of the effective weight; stored values are named after it. */
  readonly weight: string;
  /** Shape of the effective weight. */
  readonly dims: readonly number[];
  /** The weight so far; undefined when the model computes it from others. */
  readonly value?: Tensor<'float32'>;
  /** Which axis counts the output channels of its layers; undefined where they have none in common. */
  readonly axis?: number | undefined;
  /** Makes the site's own random choices (hash functions) reproducible. */
  readonly seed: number;
}

/** Theta as integers of few bits: `scale * codes`. */
export interface QuantizedTheta {
  readonly codes: Tensor<'int8'> | Tensor<'int4'>;
  /** A scalar, or one number for each position of the axis. */
  readonly scale: Tensor<'float32'>;
  readonly axis: number | undefined;
}

/**
 * A reshaping `W = phi(theta)`: how an effective weight is computed from what is stored.
 * Compression and defence are both of this form, and both are standard ONNX operators inside the model file.
 */
export interface Reshaping<D extends Descriptors = Descriptors> {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly parameters: D;
  /**
   * `compression` stores fewer numbers than the weight has, or numbers of fewer bits; `defence` changes their
   * values alone; `folding` merges an operator that was removed into a weight.
   */
  readonly kind: 'identity' | 'compression' | 'defence' | 'folding';
  /**
   * Whether phi only copies: every effective weight is one of theta or 0, whatever the element type of theta
   * is. Codes of a quantized theta then pass through it, so that the weight is dequantized last and engines
   * compute with integers.
   */
  readonly copies?: boolean;
  /** Parameters of each weight, by its name, where those of all weights decide; the given ones otherwise. */
  together?(
    weights: ReadonlyMap<string, Tensor<'float32'>>,
    parameters: ParametersOf<D>,
  ): ReadonlyMap<string, ParametersOf<D>>;
  /** Parameters of all steps in which it is applied while a network is trained, the given ones last. */
  gradually?(parameters: ParametersOf<D>): readonly ParametersOf<D>[];
  /** Bits of a number that is stored, once training is over; default 32. */
  bits?(parameters: ParametersOf<D>): number;
  /** Theta in those bits. Absent where theta stays as it is. */
  quantized?(theta: Tensor<'float32'>, site: Site, parameters: ParametersOf<D>): QuantizedTheta;
  /** Shape of the stored parameters of a weight of this shape. */
  storedDims(dims: readonly number[], parameters: ParametersOf<D>): readonly number[];
  /**
   * What is stored in place of a weight when it is reshaped: theta, of `storedDims`, trained from then on.
   * @param weight the numbers of the weight so far; a fresh initialization must keep the layer's own
   *   distribution
   */
  initialize(weight: Tensor<'float32'>, parameters: ParametersOf<D>): Tensor<'float32'>;
  /**
   * Writes phi: from the name of theta to the name of the effective weight, both float32. Whatever else it
   * stores (seeds, masks, codebooks, scales) are constants of the builder; they are not trained.
   */
  emit(g: GraphBuilder, theta: string, site: Site, parameters: ParametersOf<D>): string;
}

/** A reshaping whose functions know the types of its parameters. */
export const defineReshaping = <const D extends Descriptors>(reshaping: Reshaping<D>): Reshaping<D> =>
  reshaping;
