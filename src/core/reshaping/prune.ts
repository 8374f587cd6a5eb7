import { ToolkitError } from '../base/errors.js';
import { number } from '../base/parameters.js';
import type { GraphBuilder } from '../onnx/builder.js';
import { float32, sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { defineReshaping } from './reshaping.js';

const BITS = 8;

/** Number of weights that a layer of `size` weights keeps when a share of them is removed; at least one. */
export const keptCount = (size: number, share: number): number =>
  Math.max(1, size - Math.round(size * share));

/** Positions of the weights of largest magnitude, rising; among equal magnitudes the first are kept. */
export function keptPositions({ data }: Tensor<'float32'>, count: number): Int32Array {
  const magnitude = (i: number) => Math.abs(data[i] ?? 0);
  const order = Int32Array.from(data, (_, i) => i).sort((a, b) => magnitude(b) - magnitude(a) || a - b);
  return order.subarray(0, count).sort();
}

/** One bit for each weight, the lowest bit of a byte first. */
function bitmap(positions: Int32Array, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(size / BITS));
  for (const at of positions) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
  return bytes;
}

/** The bits of a bitmap as uint8 [size], by standard operators. */
function unpacked(g: GraphBuilder, bytes: string, size: number): string {
  const [from, to, step] = [0, size, 1].map((value) => g.scalar(value, 'int32'));
  const index = g.op('Range', [from ?? '', to ?? '', step ?? '']);
  const eight = g.scalar(BITS, 'int32');
  const place = g.cast(g.op('Mod', [index, eight]), 'uint8');
  const shifted = g.op('BitShift', [g.gather(bytes, g.div(index, eight)), place], { direction: 'RIGHT' });
  return g.op('BitwiseAnd', [shifted, g.constant(tensor('uint8', [], Uint8Array.of(1)))]);
}

/**
 * Magnitude pruning in one shot (Han et al. 2015): the smallest weights of a layer become zero, the others
 * are stored and may be trained further. A file holds the remaining weights and one bit for every weight; the
 * engine folds both into a constant when it loads the model.
 */
export const prune = defineReshaping({
  name: 'prune',
  title: 'Pruned by magnitude',
  source: 'Han et al. 2015, "Learning both Weights and Connections for Efficient Neural Networks"',
  kind: 'compression',
  parameters: {
    share: number({
      help: 'weights that are removed, the smallest of every layer',
      unit: 'fraction',
      default: 0.8,
      minimum: 0,
      maximum: 0.9999,
      source: 'Han et al. 2015, Table 1: 0.67 to 0.92 of all weights',
    }),
  },
  storedDims: (dims, { share }) => [keptCount(sizeOf(dims), share)],
  initialize(weight, { share }) {
    const positions = keptPositions(weight, keptCount(weight.data.length, share));
    return float32(
      [positions.length],
      Float32Array.from(positions, (at) => weight.data[at] ?? 0),
    );
  },
  /** @throws ToolkitError `bad-value` for a weight whose numbers are not known */
  emit(g, theta, { weight, dims, value }, { share }) {
    if (!value) {
      const expected = 'a weight that the model stores';
      throw new ToolkitError('bad-value', {
        what: `pruning of ${weight}`,
        expected,
        received: 'a computed one',
      });
    }
    const size = sizeOf(dims);
    const bytes = bitmap(keptPositions(value, keptCount(size, share)), size);
    const bits = unpacked(g, g.initializer(g.fresh('kept'), tensor('uint8', [bytes.length], bytes)), size);
    const rank = g.sub(g.op('CumSum', [g.cast(bits, 'int32'), g.scalar(0, 'int32')]), 1);
    const stored = g.gather(theta, g.op('Max', [rank, g.scalar(0, 'int32')]));
    return g.reshape(g.where(g.cast(bits, 'bool'), stored, 0), dims);
  },
});
