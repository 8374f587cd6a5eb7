import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Split, splitOf } from '../../../src/core/data/dataset.js';

/** Image i holds 6 i .. 6 i + 5 and has label i modulo 3. */
const byteSplit = (count: number): Split =>
  splitOf({
    dims: [1, 2, 3],
    classes: 3,
    pixels: Uint8Array.from({ length: count * 6 }, (_, i) => i),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 3),
  });

const firstPixels = (split: Split): number[] => {
  const { images } = split.batch(Array.from({ length: split.count }, (_, i) => i));
  return Array.from({ length: split.count }, (_, i) => Math.round(images.data[i * 6]! * 255) / 6);
};

describe('a split', () => {
  it('scales bytes to [0, 1], rounding once', () => {
    const { images, labels } = byteSplit(40).batch([39, 0]);
    expect(images.dims).toEqual([2, 1, 2, 3]);
    expect(images.data).toEqual(
      Float32Array.from([234, 235, 236, 237, 238, 239, 0, 1, 2, 3, 4, 5], (value) => value / 255),
    );
    expect(labels).toEqual({ dtype: 'int64', dims: [2], data: BigInt64Array.of(0n, 0n) });
    const extremes = splitOf({
      dims: [1, 1, 2],
      classes: 2,
      pixels: Uint8Array.of(0, 255),
      labels: Uint8Array.of(1),
    });
    expect(extremes.batch([0]).images.data).toEqual(Float32Array.of(0, 1));
  });

  it('leaves floats as they are', () => {
    const pixels = Float32Array.of(0, 0.1, 0.2, 0.3);
    const split = splitOf({ dims: [2, 1, 1], classes: 9, pixels, labels: Int32Array.of(7, 8) });
    const { images, labels } = split.batch([1, 1, 0]);
    expect(images.data).toEqual(Float32Array.of(0.2, 0.3, 0.2, 0.3, 0, 0.1));
    expect(labels.data).toEqual(BigInt64Array.of(8n, 8n, 7n));
  });

  it('gives batches of their own: changing one changes no image', () => {
    const split = byteSplit(1);
    split.batch([0]).images.data.fill(9);
    expect(split.batch([0]).images.data[1]).toBe(Math.fround(1 / 255));
  });

  it('slices like an array', () => {
    const split = byteSplit(10);
    expect(firstPixels(split.slice(2, 5))).toEqual([2, 3, 4]);
    expect(firstPixels(split.slice(8))).toEqual([8, 9]);
    expect(firstPixels(split.slice(8, 99))).toEqual([8, 9]);
    expect(split.slice(5, 2).count).toBe(0);
    expect(Array.from(split.slice(2, 5).labels)).toEqual([2, 0, 1]);
  });

  it('keeps images and labels together through any chain of subsets', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), { maxLength: 4 }),
        (choices) => {
          let split = byteSplit(12);
          let expected = Array.from({ length: 12 }, (_, i) => i);
          for (const choice of choices) {
            const indices = choice.map((member) => member % split.count);
            split = split.subset(indices);
            expected = indices.map((index) => expected[index]!);
          }
          expect(firstPixels(split)).toEqual(expected);
          expect(Array.from(split.labels)).toEqual(expected.map((index) => index % 3));
        },
      ),
    );
  });

  it('refuses positions outside', () => {
    const split = byteSplit(4).slice(0, 2);
    for (const index of [2, -1, 0.5, Number.NaN]) {
      expect(() => split.batch([index])).toThrowError(`image ${index} is outside a split of 2`);
      expect(() => split.subset([index])).toThrowError(/outside/);
    }
  });

  it('refuses parts that do not belong together', () => {
    const parts = {
      dims: [1, 2, 2] as const,
      classes: 2,
      pixels: new Uint8Array(7),
      labels: new Uint8Array(2),
    };
    expect(() => splitOf(parts)).toThrowError('2 images [1,2,2] need 8 pixels');
  });
});
