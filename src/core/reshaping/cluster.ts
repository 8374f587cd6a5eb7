import { ToolkitError } from '../base/errors.js';
import { integer } from '../base/parameters.js';
import { float32, sizeOf, type Tensor } from '../tensor/tensor.js';
import { bitsFor, storedCodes } from './bit-codes.js';
import { type Clusters, kMeans } from './k-means.js';
import { defineReshaping } from './reshaping.js';

/** A codebook that is nearly as long as what it describes saves nothing. */
const clusterCount = (size: number, clusters: number): number =>
  Math.max(1, Math.min(clusters, Math.floor(size / 2)));

/** Initialization and phi look at the same groups. */
const known = new WeakMap<Tensor<'float32'>, Map<number, Clusters>>();

function clustersOf(weight: Tensor<'float32'>, clusters: number): Clusters {
  const count = clusterCount(weight.data.length, clusters);
  const of = known.get(weight) ?? new Map<number, Clusters>();
  known.set(weight, of);
  const found = of.get(count) ?? kMeans(weight.data, count);
  of.set(count, found);
  return found;
}

/**
 * Weight sharing (Deep Compression, Han, Mao and Dally 2016): the weights of a layer are put into groups by
 * k-means, and a file holds one value for each group, theta, and for each weight the number of its group in
 * as few bits as there are groups (5 bits for 32). The gradient of a group's value is the sum over its
 * weights (section 3.3).
 */
export const cluster = defineReshaping({
  name: 'cluster',
  title: 'Shared weights',
  source: 'Han, Mao and Dally 2016, "Deep Compression", section 3',
  kind: 'compression',
  parameters: {
    clusters: integer({
      help: 'different values of each layer',
      unit: 'values',
      default: 32,
      minimum: 2,
      maximum: 256,
      source: 'Han et al. 2016, section 5: 32 in fully connected layers, 256 in convolutions',
    }),
  },
  copies: true,
  storedDims: (dims, { clusters }) => [clusterCount(sizeOf(dims), clusters)],
  initialize(weight, { clusters }) {
    const { centroids } = clustersOf(weight, clusters);
    return float32([centroids.length], centroids);
  },
  /** @throws ToolkitError `bad-value` for a weight whose numbers are not known */
  emit(g, theta, { weight, dims, value }, { clusters }) {
    if (!value) {
      throw new ToolkitError('bad-value', {
        what: `clusters of ${weight}`,
        expected: 'a weight that the model stores',
        received: 'a computed one',
      });
    }
    const { centroids, codes } = clustersOf(value, clusters);
    return g.reshape(g.gather(theta, storedCodes(g, 'codes', codes, bitsFor(centroids.length))), dims);
  },
});
