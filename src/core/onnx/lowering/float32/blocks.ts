import { bounded } from '../../../base/bounded.js';
import { unpack } from '../../../tensor/packed.js';
import { float32, sizeOf, type Tensor } from '../../../tensor/tensor.js';
import { normalizeAxis } from '../../operators/operator.js';
import { repeatBlocks } from '../../quantization-parameters.js';
import type { Float32Context, Float32Family } from './context.js';

/**
 * Weights of few bits that are stored in blocks with a scale each: written out as the
 * numbers that they stand for.
 */

/** Each row of `count` elements begins with a byte of its own. */
function unpackRows(bytes: Uint8Array, bits: number, rows: number, count: number): Uint8Array {
  const dtype = bits === 2 ? 'uint2' : 'uint4';
  if (bits === 8) return bytes;
  const width = Math.ceil((count * bits) / 8);
  const all = new Uint8Array(bounded(rows * count));
  for (let row = 0; row < rows; row++)
    all.set(unpack(dtype, bytes.subarray(row * width, (row + 1) * width), count), row * count);
  return all;
}

const bytesOf = (numbers: Float32Array | undefined) => numbers && Uint8Array.from(numbers);

/**
 * [K, N]: the transpose of what is stored, `(q - z) s` with z in the middle of the range where none is
 * stored.
 */
function matMulWeights(c: Float32Context<'com.microsoft::MatMulNBits'>): Tensor<'float32'> | undefined {
  const { K, N, bits, block_size: block, weight_prepacked } = c.attributes;
  const [bytes, scales, stored] = [bytesOf(c.numbers(1)), c.numbers(2), c.has(3) ? c.numbers(3) : undefined];
  if (!bytes || !scales || (c.has(3) && !stored)) return undefined;
  if (![2, 4, 8].includes(bits) || c.has(4) || weight_prepacked !== 0) return undefined;
  const blocks = Math.ceil(K / block);
  const codes = unpackRows(bytes, bits, N * blocks, block);
  const zeros =
    stored && c.was(3) === 'uint8' ? unpackRows(Uint8Array.from(stored), bits, N, blocks) : stored;
  const weights = new Float32Array(bounded(K * N));
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const at = n * blocks + Math.floor(k / block);
      const zero = zeros?.[at] ?? 2 ** (bits - 1);
      weights[k * N + n] = ((codes[at * block + (k % block)] ?? 0) - zero) * (scales[at] ?? 0);
    }
  }
  return float32([K, N], weights);
}

/** The table of which rows are taken. */
function table(c: Float32Context<'com.microsoft::GatherBlockQuantized'>): Tensor<'float32'> | undefined {
  const { bits, block_size: block, quantize_axis } = c.attributes;
  const [stored, scales] = [c.numbers(0), c.numbers(2)];
  if (!stored || !scales || c.has(3) || ![4, 8].includes(bits)) return undefined;
  const isPacked = c.was(0) === 'uint8';
  const given = c.dims(0).map(Number);
  const last = (given.at(-1) ?? 1) * (isPacked ? 8 / bits : 1);
  const dims = [...given.slice(0, -1), last];
  const codes = isPacked ? unpackRows(Uint8Array.from(stored), bits, sizeOf(dims) / last, last) : stored;
  const axis = normalizeAxis(quantize_axis, dims.length);
  const wide = repeatBlocks(float32(c.dims(2).map(Number), scales), axis, block, dims[axis] ?? 1);
  const middle = c.was(0).startsWith('u') ? 2 ** (bits - 1) : 0;
  return float32(
    dims,
    wide.data.map((scale, i) => ((codes[i] ?? 0) - middle) * scale),
  );
}

export const blocks = {
  'com.microsoft::MatMulNBits': (c) => {
    const weights = matMulWeights(c);
    if (!weights) return undefined;
    const product = c.g.matmul(c.float(0), c.g.constant(weights));
    return [c.has(5) ? c.g.add(product, c.float(5)) : product];
  },
  'com.microsoft::GatherBlockQuantized': (c) => {
    const rows = table(c);
    return rows && [c.g.gather(c.g.constant(rows), c.x(1), c.attributes.gather_axis)];
  },
} as const satisfies Float32Family;
