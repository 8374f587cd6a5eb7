import type { Tensor } from '../tensor/tensor.js';
import type { Model } from './graph.js';

/**
 * Names of the floating-point weights that hold a NaN or an infinity. A network with such a weight computes
 * NaN, every attack on it "fails", and it would look robust.
 *
 * Looks at the bits alone: a fraction of a second for a file of 100 MB.
 */
export function nonFiniteWeights(model: Model): string[] {
  return [...model.graph.initializers].filter(([, value]) => isNonFinite(value)).map(([name]) => name);
}

function isNonFinite(value: Tensor): boolean {
  switch (value.dtype) {
    case 'float32':
      return hasExponent(words(value.data as Float32Array), 0x7f800000);
    case 'float64':
      // The upper half of each number holds the exponent; the machine is little-endian, as the file is.
      return hasExponent(words(value.data as Float64Array), 0x7ff00000, 1, 2);
    case 'float16':
      return hasExponent(value.data as Uint16Array, 0x7c00);
    case 'bfloat16':
      return hasExponent(value.data as Uint16Array, 0x7f80);
    default:
      return false;
  }
}

const words = (data: Float32Array | Float64Array): Uint32Array =>
  new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4);

/** An exponent of all ones is an infinity or not a number. */
function hasExponent(bits: Uint16Array | Uint32Array, mask: number, from = 0, step = 1): boolean {
  for (let i = from; i < bits.length; i += step) if ((bits[i]! & mask) === mask) return true;
  return false;
}
