import { describe, expect, it } from 'vitest';
import { checkedValue, resolveValues } from '../../../src/core/base/parameters.js';
import { stream } from '../../../src/core/base/random.js';
import {
  type Augmentation,
  augmentations,
  parseAugmentation,
} from '../../../src/core/training/augmentations.js';
import { uniform } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { type Tensor, tensor } from '../../support/toolkit.js';

const DIMS = [40, 3, 5, 7] as const;
const images = uniform([...DIMS], 0.1, 1, 'images');
const width = DIMS[1] * DIMS[2] * DIMS[3];

const imageOf = ({ data }: Tensor<'float32'>, n: number) => data.subarray(n * width, (n + 1) * width);

/**
 * One image by a definition of each pixel: its channel, row and column in the old image, or none for a zero.
 */
function mapped(n: number, at: (y: number, x: number) => readonly [number, number]): Float32Array {
  const [, channels, rows, columns] = DIMS;
  const result: number[] = [];
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const [v, u] = at(y, x);
        const inside = v >= 0 && v < rows && u >= 0 && u < columns;
        result.push(inside ? images.data[((n * channels + c) * rows + v) * columns + u]! : 0);
      }
    }
  }
  return Float32Array.from(result);
}

const run = (text: string, name: string | number = 0) =>
  parseAugmentation(text).apply(images, stream(3, name));

describe.each(Object.entries<Augmentation>(augmentations))('augmentation %s', (name, augmentation) => {
  const apply = (batch: Tensor<'float32'>, seed = 1) =>
    augmentation.apply(batch, resolveValues(name, augmentation.parameters), stream(seed, 'test'));

  it('describes itself completely', () => {
    expect(augmentation.name).toBe(name);
    const { title, help, source, parameters } = augmentation;
    const texts = [title, help, source];
    for (const [key, parameter] of Object.entries(parameters)) {
      texts.push(key, parameter.help, parameter.source);
      expect(checkedValue(key, parameter, parameter.default)).toBe(parameter.default);
    }
    for (const text of texts) expect(text).not.toBe('');
  });

  it('is a function of images and stream, and leaves what it was given alone', () => {
    const before = images.data.slice();
    const result = apply(images);
    expect(images.data).toEqual(before);
    expect(result.dims).toEqual(images.dims);
    expect(result.data).toEqual(apply(images).data);
    if (name === 'none') expect(result).toBe(images);
    else expect(result.data).not.toEqual(apply(images, 2).data);
  });

  it('takes an empty batch', () => {
    expect(apply(tensor('float32', [0, 3, 5, 7], new Float32Array(0))).data).toHaveLength(0);
  });
});

describe('shift', () => {
  /**
   * Translations (down, right) that explain the image; exactly one for images without
   * zeros that stay in sight.
   */
  function translations(result: Tensor<'float32'>, n: number, most: number): string[] {
    const found: string[] = [];
    for (let down = -most; down <= most; down++) {
      for (let right = -most; right <= most; right++) {
        const wanted = mapped(n, (y, x) => [y - down, x - right]);
        if (imageOf(result, n).every((value, i) => value === wanted[i])) found.push(`${down},${right}`);
      }
    }
    return found;
  }

  it.each([1, 2, 3])(
    'by %i moves each image by a translation within reach, and every one occurs equally',
    (most) => {
      const counts = new Map<string, number>();
      const batches = most * 20;
      for (let batch = 0; batch < batches; batch++) {
        const result = run(`shift:${most}`, batch);
        for (let n = 0; n < DIMS[0]; n++) {
          const found = translations(result, n, most);
          expect(found).toHaveLength(1);
          counts.set(found[0]!, (counts.get(found[0]!) ?? 0) + 1);
        }
      }
      const cells = (2 * most + 1) ** 2;
      expect(counts.size).toBe(cells);
      const mean = (batches * DIMS[0]) / cells;
      // Six standard deviations of a Poisson count.
      for (const count of counts.values()) expect(Math.abs(count - mean)).toBeLessThan(6 * Math.sqrt(mean));
    },
  );

  it('is padding and a crop of the old size', () => {
    const result = run('shift:2');
    const [down, right] = translations(result, 0, 2)[0]!.split(',').map(Number) as [number, number];
    const [rows, columns] = [DIMS[2], DIMS[3]];
    const padded = Array.from({ length: rows + 4 }, (_, y) =>
      Array.from({ length: columns + 4 }, (_, x) => mapped(0, () => [y - 2, x - 2])[0]!),
    );
    const crop = Array.from({ length: rows }, (_, y) =>
      padded[y + 2 - down]!.slice(2 - right, 2 - right + columns),
    );
    expect([...imageOf(result, 0).subarray(0, rows * columns)]).toEqual(crop.flat());
  });

  it('farther than an image is wide leaves part of it or nothing', () => {
    for (let batch = 0; batch < 10; batch++) {
      const result = run('shift:9', batch);
      for (let n = 0; n < DIMS[0]; n++) expect(translations(result, n, 9)).not.toEqual([]);
      expect(result.data.some((value) => value !== 0)).toBe(true);
    }
  });
});

describe('flip', () => {
  it('mirrors about half of the images, each as a whole', () => {
    let mirrored = 0;
    for (let batch = 0; batch < 25; batch++) {
      const result = run('flip', batch);
      for (let n = 0; n < DIMS[0]; n++) {
        const image = imageOf(result, n);
        const wanted = mapped(n, (y, x) => [y, DIMS[3] - 1 - x]);
        const changed = image.some((value, i) => value !== imageOf(images, n)[i]);
        expect(image).toEqual(changed ? wanted : imageOf(images, n));
        if (changed) mirrored += 1;
      }
    }
    // Of 1000; six standard deviations.
    expect(Math.abs(mirrored - 500)).toBeLessThan(95);
  });
});

describe('parseAugmentation', () => {
  it.each([
    ['none', 'none'],
    ['shift', 'shift:2'],
    ['shift:04', 'shift:4'],
    [' flip + shift:4 ', 'flip+shift:4'],
    ['shift:64+flip', 'shift:64+flip'],
  ])('reads "%s" as %s', (text, canonical) => {
    expect(parseAugmentation(text).text).toBe(canonical);
    expect(parseAugmentation(canonical).text).toBe(canonical);
  });

  it('applies one after the other, from one stream', () => {
    const random = stream(3, 0);
    const step = augmentations.shift.apply(
      augmentations.flip.apply(images, {}, random),
      { pixels: 1 },
      random,
    );
    expect(run('flip+shift:1').data).toEqual(step.data);
  });

  it.each(['shift:0', 'shift:65', 'shift:-1', 'shift:1.5', 'shift:', 'shift:two', 'shift:2:3'])(
    'refuses %s',
    async (text) => {
      const { what, expected } = await dataOf('bad-value', () => parseAugmentation(text));
      expect(what).toBe('shift pixels');
      expect(expected).toBe('a whole number from 1 to 64 (pixels), such as 2');
    },
  );

  it.each(['flip+flip', 'shift:1+shift:2', 'none+flip', 'flip+none'])('refuses %s', async (text) => {
    expect(await dataOf('bad-value', () => parseAugmentation(text))).toMatchObject({ received: `"${text}"` });
  });

  it.each(['flip:1', 'none:1', 'flip:'])('refuses %s: there is no parameter', async (text) => {
    expect(await dataOf('bad-value', () => parseAugmentation(text))).toMatchObject({
      expected: 'no parameter',
    });
  });

  it.each(['', '+', 'flip+', 'crop:4', 'toString', 'shift 2'])('does not know "%s"', async (text) => {
    const { known } = await dataOf('unknown-name', () => parseAugmentation(text));
    expect(known).toEqual(Object.keys(augmentations));
  });
});
