import { number } from '../base/parameters.js';
import { rows, sizeOf } from '../tensor/tensor.js';
import { defineReshaping } from './reshaping.js';
import { xxHash32, xxHash32Graph } from './xxhash32.js';

/** Number of real weights that a layer of `size` virtual weights keeps at a compression rate. */
export const bucketCount = (size: number, rate: number): number => Math.max(1, Math.round(size * rate));

/** The seeds of the two independent hash functions of a layer: buckets (h) and signs (xi). */
export const hashSeeds = (seed: number): { readonly bucket: number; readonly sign: number } => ({
  bucket: xxHash32(0, seed),
  sign: xxHash32(1, seed),
});

/**
 * Hashed weight sharing, `W[i] = theta[h(i)] * xi(i)` (HashedNets, Chen et al. 2015; Eq. 3-4 of Liu et al.).
 *
 * `i` is the flat row-major index of the virtual weight, `h(i) = xxHash32(i; seed_h) mod K`, and `xi(i)` is
 * +1 or -1 by the lowest bit of `xxHash32(i; seed_xi)`. Both are evaluated by the graph itself, so that a
 * file holds the `K` real weights and two seeds; the engine folds the virtual weights into a constant when it
 * loads the model.
 */
export const hash = defineReshaping({
  name: 'hash',
  title: 'HashNet',
  source: 'Chen et al. 2015, "Compressing Neural Networks with the Hashing Trick"',
  kind: 'compression',
  parameters: {
    rate: number({
      help: 'real weights kept for each virtual weight, in every layer',
      unit: 'fraction',
      default: 1 / 64,
      minimum: 1e-6,
      maximum: 1,
      source: 'Liu et al., Fig. 3: 1/8, 1/16, 1/32, 1/64',
    }),
  },
  storedDims: (dims, { rate }) => [bucketCount(sizeOf(dims), rate)],
  // The first K of the weight's own values: independent draws remain independent draws.
  initialize(weight, { rate }) {
    const size = sizeOf(weight.dims);
    return rows({ ...weight, dims: [size] }, 0, bucketCount(size, rate));
  },
  emit(g, theta, { dims, seed }) {
    const size = sizeOf(dims);
    const buckets = Number(g.dims(theta)[0]);
    const { bucket, sign } = hashSeeds(seed);
    const u32 = (value: number) => g.scalar(value, 'uint32');
    const range = g.op('Range', [g.scalar(0, 'int32'), g.scalar(size, 'int32'), g.scalar(1, 'int32')]);
    const index = g.cast(range, 'uint32');
    const h = g.op('Mod', [xxHash32Graph(g, index, u32(bucket)), u32(buckets)]);
    const lowBit = g.op('BitwiseAnd', [xxHash32Graph(g, index, u32(sign)), u32(1)]);
    const xi = g.sub(1, g.mul(g.cast(lowBit, 'float32'), 2));
    // The sign multiplies after the gather, so that the gradient is one product and one scatter.
    const virtual = g.mul(g.gather(theta, g.cast(h, 'int32')), xi);
    return g.reshape(virtual, dims);
  },
});
