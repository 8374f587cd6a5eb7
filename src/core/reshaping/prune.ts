import { ToolkitError } from '../base/errors.js';
import { choice, integer, number } from '../base/parameters.js';
import { float32, sizeOf, type Tensor } from '../tensor/tensor.js';
import { storedCodes } from './bit-codes.js';
import { firstAbove } from './k-means.js';
import { defineReshaping } from './reshaping.js';

/** Number of weights that a layer of `size` weights keeps when a share of them is removed; at least one. */
export const keptCount = (size: number, share: number): number =>
  Math.max(1, size - Math.round(size * share));

/** Positions of the weights of largest magnitude, rising; among equal magnitudes the first are kept. */
export function keptPositions({ data }: Tensor<'float32'>, count: number): Int32Array {
  const magnitude = (i: number) => Math.abs(data[i] ?? 0);
  const order = Int32Array.from(data, (_, i) => i).sort((a, b) => magnitude(b) - magnitude(a) || a - b);
  return order.subarray(0, count).sort();
}

const MAX_SHARE = 0.9999;

/**
 * The share that each weight loses when the smallest of all weights together are removed; every weight keeps
 * at least one in 10 000.
 */
export function globalShares(
  weights: ReadonlyMap<string, Tensor<'float32'>>,
  share: number,
): Map<string, number> {
  const count = [...weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  const magnitudes = new Float32Array(count);
  let at = 0;
  for (const { data } of weights.values()) {
    for (const value of data) magnitudes[at++] = Math.abs(value);
  }
  magnitudes.sort();
  const removed = count - keptCount(count, share);
  const threshold = magnitudes[removed] ?? 0;
  // Of those that equal the threshold, the first ones are kept.
  let ties = firstAbove(magnitudes, threshold) - removed;
  return new Map(
    [...weights].map(([name, { data }]) => {
      let kept = 0;
      for (const value of data) {
        const magnitude = Math.abs(value);
        if (magnitude > threshold || (magnitude === threshold && ties-- > 0)) kept += 1;
      }
      const least = Math.ceil(data.length * (1 - MAX_SHARE));
      return [name, 1 - Math.max(kept, least) / data.length];
    }),
  );
}

/**
 * Magnitude pruning (Han et al. 2015): the smallest weights of a layer become zero, the others are stored and
 * may be trained further. A file holds the remaining weights and one bit for every weight; the
 * engine folds both into a constant when it loads the model.
 */
export const prune = defineReshaping({
  name: 'prune',
  title: 'Pruned by magnitude',
  source: 'Han et al. 2015, "Learning both Weights and Connections for Efficient Neural Networks"',
  kind: 'compression',
  parameters: {
    share: number({
      help: 'weights that are removed, the smallest',
      unit: 'fraction',
      default: 0.8,
      minimum: 0,
      maximum: MAX_SHARE,
      source: 'Han et al. 2015, Table 1: 0.67 to 0.92 of all weights',
    }),
    scope: choice({
      help: 'the smallest weights of each layer, or of all layers together',
      choices: ['layer', 'global'],
      default: 'layer',
      source: 'Han et al. 2015, section 3.2: a threshold for each layer',
    }),
    steps: integer({
      help: 'steps in which the share rises, quickly at first, with fine-tuning after each',
      unit: 'steps',
      default: 1,
      minimum: 1,
      maximum: 100,
      source: 'Zhu and Gupta 2017, "To prune, or not to prune", Eq. 1; 1: Han et al. 2015',
    }),
  },
  copies: true,
  together: (weights, parameters) =>
    parameters.scope === 'layer'
      ? new Map()
      : new Map(
          [...globalShares(weights, parameters.share)].map(([name, share]) => [
            name,
            { ...parameters, share },
          ]),
        ),
  // Zhu and Gupta 2017, Eq. 1, from a share of 0.
  gradually: (parameters) =>
    Array.from({ length: parameters.steps }, (_, i) => ({
      ...parameters,
      share: parameters.share * (1 - (1 - (i + 1) / parameters.steps) ** 3),
    })),
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
    const kept = new Uint8Array(size);
    for (const at of keptPositions(value, keptCount(size, share))) kept[at] = 1;
    const bits = storedCodes(g, 'kept', kept, 1);
    // Of the numbers 0, theta_1, theta_2 ...: removed weights take the first, whatever type they are of.
    const rank = g.op('CumSum', [bits, g.scalar(0, 'int32')]);
    return g.reshape(g.gather(g.pad(theta, [1, 0]), g.op('Mul', [rank, bits])), dims);
  },
});
