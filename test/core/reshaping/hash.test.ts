import { xxHash32 as reference } from 'js-xxhash';
import { describe, expect, it } from 'vitest';
import { bucketCount, hash, hashSeeds } from '../../../src/core/reshaping/hash.js';
import { xxHash32 } from '../../../src/core/reshaping/xxhash32.js';
import { normal } from '../../support/classifiers.js';
import { numbers, run } from '../../support/run.js';
import { float32, GraphBuilder, sizeOf, vjp } from '../../support/toolkit.js';

const le = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);

/** h(i) and xi(i) as HashedNets defines them, by a library that shares no code with ours. */
function virtual(size: number, buckets: number, seed: number) {
  const [hSeed, xiSeed] = [reference(le(0), seed), reference(le(1), seed)];
  const indices = [...Array(size).keys()];
  return {
    h: indices.map((i) => reference(le(i), hSeed) % buckets),
    xi: indices.map((i) => (reference(le(i), xiSeed) & 1 ? -1 : 1)),
  };
}

function graph(dims: readonly number[], buckets: number, seed: number) {
  const g = new GraphBuilder();
  const theta = g.input('theta', 'float32', [buckets]);
  const weight = hash.emit(g, theta, { weight: 'w', dims, seed }, { rate: 1 });
  return { g, theta, weight };
}

describe('hash', () => {
  it.each([
    [[10, 512], 80, 1],
    [[64, 1, 5, 5], 25, 2],
    [[3, 7], 21, 0xffff_ffff],
    [[9, 9], 1, 0],
  ] as const)('W[i] = theta[h(i)] xi(i) for %j, %i buckets, seed %i', async (dims, buckets, seed) => {
    const { g, weight } = graph(dims, buckets, seed);
    g.output(weight, 'W');
    const theta = normal([buckets], 'theta');
    const { W } = await run(g.build(), { theta });
    const { h, xi } = virtual(sizeOf(dims), buckets, seed);
    expect(numbers(W!)).toEqual(h.map((bucket, i) => theta.data[bucket]! * xi[i]!));
  });

  it('has the signed sum over a bucket as the gradient of its real weight', async () => {
    const [dims, buckets, seed] = [[20, 30], 37, 3];
    const { g, theta, weight } = graph(dims, buckets, seed);
    const c = g.input('c', 'float32', dims);
    g.output(vjp(g, { [weight]: c }, [theta])[0]!, 'dTheta');
    const cotangent = float32(
      dims,
      Float32Array.from({ length: 600 }, (_, i) => (i % 17) - 8),
    );
    const { dTheta } = await run(g.build(), { theta: normal([buckets], 'theta'), c: cotangent });
    const sums = new Array<number>(buckets).fill(0);
    const { h, xi } = virtual(600, buckets, seed);
    h.forEach((bucket, i) => {
      sums[bucket]! += xi[i]! * cotangent.data[i]!;
    });
    // Whole numbers: the sums are exact, in whichever order they are formed.
    expect(numbers(dTheta!)).toEqual(sums.map((sum) => sum + 0));
  });

  it.each([1, 2, 77])('spreads weights over buckets evenly, seed %i', (seed) => {
    const [size, buckets] = [200_000, 500];
    const { bucket } = hashSeeds(seed);
    const counts = new Float64Array(buckets);
    for (let i = 0; i < size; i++) counts[xxHash32(i, bucket) % buckets]! += 1;
    const expected = size / buckets;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 499 degrees of freedom: mean 499, standard deviation 31.6; five of them on either side. Far
    // below is no chance either.
    expect(chiSquared).toBeGreaterThan(499 - 158);
    expect(chiSquared).toBeLessThan(499 + 158);
  });

  it.each([1, 2, 77])('draws signs evenly and independently of buckets, seed %i', (seed) => {
    const [size, buckets] = [200_000, 500];
    const seeds = hashSeeds(seed);
    expect(seeds.bucket).not.toBe(seeds.sign);
    const sums = new Float64Array(buckets);
    let [total, withBucketParity] = [0, 0];
    for (let i = 0; i < size; i++) {
      const raw = xxHash32(i, seeds.bucket);
      const xi = 1 - 2 * (xxHash32(i, seeds.sign) & 1);
      total += xi;
      // The bucket's own lowest bit would be the sign if both hashes shared a seed.
      withBucketParity += xi * (1 - 2 * (raw & 1));
      sums[raw % buckets]! += xi;
    }
    const deviation = Math.sqrt(size);
    expect(Math.abs(total)).toBeLessThan(5 * deviation);
    expect(Math.abs(withBucketParity)).toBeLessThan(5 * deviation);
    // Inside a bucket of 400 the sum of signs has variance 400, if the signs do not depend on the bucket.
    const chiSquared = sums.reduce((sum, s) => sum + s ** 2 / (size / buckets), 0);
    expect(Math.abs(chiSquared - buckets)).toBeLessThan(5 * Math.sqrt(2 * buckets));
  });

  it('keeps at least one real weight', () => {
    expect(bucketCount(1, 1 / 64)).toBe(1);
    expect(bucketCount(31, 1 / 64)).toBe(1);
    expect(bucketCount(3_211_264, 1 / 64)).toBe(50_176);
    expect(bucketCount(100, 1)).toBe(100);
  });

  it('gives another network for another seed', () => {
    const [a, b] = [virtual(1000, 50, 1), virtual(1000, 50, 2)];
    const same = a.h.filter((bucket, i) => bucket === b.h[i]).length;
    // One in fifty by chance: 20, with a standard deviation of 4.4.
    expect(same).toBeLessThan(45);
  });
});
