import fc from 'fast-check';
import { xxHash32 as reference } from 'js-xxhash';
import { describe, expect, it } from 'vitest';
import { stream } from '../../../src/core/base/random.js';
import { xxHash32, xxHash32Graph } from '../../../src/core/reshaping/xxhash32.js';
import { numbers, run } from '../../support/run.js';
import { GraphBuilder, tensor } from '../../support/toolkit.js';

const EXTREMES = [0, 1, 2, 255, 256, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

/**
 * The published algorithm over the four bytes of a little-endian integer, by a library that
 * shares no code with ours.
 */
function expected(value: number, seed: number): number {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return reference(bytes, seed);
}

/** The graph with the values and the seed as inputs, so that nothing is folded away before it runs. */
function graph() {
  const g = new GraphBuilder();
  const [values, seed] = [g.input('values', 'uint32', ['N']), g.input('seed', 'uint32', [])];
  g.output(xxHash32Graph(g, values, seed), 'hash');
  return g.build();
}

describe('xxHash32 of one integer', () => {
  it('agrees with the test vector of the specification', () => {
    // XXH32 of four zero bytes with seed 0, from the reference implementation.
    expect(expected(0, 0)).toBe(0x08d6d969);
    expect(xxHash32(0, 0)).toBe(0x08d6d969);
  });

  it('agrees with the library at the extremes of value and seed', () => {
    for (const value of EXTREMES) {
      for (const seed of EXTREMES)
        expect([value, seed, xxHash32(value, seed)]).toEqual([value, seed, expected(value, seed)]);
    }
  });

  it('agrees with the library for any value and seed', () => {
    const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(uint32, uint32, (value, seed) => {
        expect(xxHash32(value, seed)).toBe(expected(value, seed));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('xxHash32 as a graph', () => {
  it('agrees with the library for extreme and random values and seeds', async () => {
    const random = stream(1, 'xxhash');
    const values = Uint32Array.from([...EXTREMES, ...Array.from({ length: 500 }, () => random.uint32())]);
    const model = graph();
    for (const seed of [...EXTREMES, random.uint32(), random.uint32()]) {
      const feeds = {
        values: tensor('uint32', [values.length], values),
        seed: tensor('uint32', [], Uint32Array.of(seed)),
      };
      const { hash } = await run(model, feeds);
      expect(numbers(hash!)).toEqual(Array.from(values, (value) => expected(value, seed)));
    }
  });

  it('keeps the shape of the values', async () => {
    const g = new GraphBuilder();
    g.output(xxHash32Graph(g, g.input('values', 'uint32', [2, 3]), g.scalar(7, 'uint32')), 'hash');
    const { hash } = await run(g.build(), {
      values: tensor('uint32', [2, 3], Uint32Array.of(0, 1, 2, 3, 4, 5)),
    });
    expect(hash!.dims).toEqual([2, 3]);
    expect(numbers(hash!)).toEqual([0, 1, 2, 3, 4, 5].map((value) => expected(value, 7)));
  });
});
