import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { galleryPng } from '../../../src/report/kit/gallery-png.js';
import { GALLERY_GAP, pngImage } from '../../../src/report/kit/png.js';

async function decode(png: Uint8Array) {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): number[] => {
    const start = info.channels * (y * info.width + x);
    return [...data.subarray(start, start + info.channels)];
  };
  return { ...info, at };
}

const grey = (value: number): number[] => [value, value, value, 255];

describe('galleryPng', () => {
  it('draws original, perturbation and result of grey inputs, enlarged without smoothing', async () => {
    const original = new Float32Array(784).fill(0.2);
    const perturbed = original.slice();
    perturbed[0] = 0.5;
    perturbed[1] = 0;
    const sheet = await decode(
      await galleryPng(
        [
          { original, perturbed },
          { original: perturbed, perturbed: original },
        ],
        [1, 28, 28],
      ),
    );
    expect([sheet.width, sheet.height]).toEqual([3 * 112 + 2 * GALLERY_GAP, 2 * 112 + GALLERY_GAP]);

    expect(sheet.at(0, 0)).toEqual(grey(51));
    const [middle, right] = [112 + GALLERY_GAP, 2 * (112 + GALLERY_GAP)];
    // The first pixel rose by the largest change: full orange in all of its 4 x 4 block,
    // then two thirds of blue.
    for (const [x, y] of [
      [0, 0],
      [3, 3],
    ] as const)
      expect(sheet.at(middle + x, y)).toEqual([214, 96, 20, 255]);
    expect(sheet.at(middle + 4, 0)).toEqual([101, 147, 194, 255]);
    expect(sheet.at(middle + 8, 0)).toEqual(grey(238));
    expect(sheet.at(right, 0)).toEqual(grey(128));
    expect(sheet.at(right + 4, 0)).toEqual(grey(0));

    // Gaps are transparent; the second row is the first one backwards.
    expect(sheet.at(112, 0)[3]).toBe(0);
    expect(sheet.at(0, 112)[3]).toBe(0);
    expect(sheet.at(0, 112 + GALLERY_GAP)).toEqual(grey(128));
    expect(sheet.at(middle, 112 + GALLERY_GAP)).toEqual([33, 102, 172, 255]);
  });

  it('keeps the channels of colour inputs apart and centres their change on grey', async () => {
    const area = 32 * 32;
    const original = new Float32Array(3 * area);
    original.fill(1, 0, area);
    const perturbed = original.slice();
    perturbed[area] = 0.1;
    perturbed[0] = 0.9;
    const sheet = await decode(await galleryPng([{ original, perturbed }], [3, 32, 32]));
    expect(sheet.at(0, 0)).toEqual([255, 0, 0, 255]);
    const zoom = Math.round(112 / 32);
    const middle = 32 * zoom + GALLERY_GAP;
    expect(sheet.at(middle, 0)).toEqual([0, 255, 128, 255]);
    expect(sheet.at(middle + zoom, 0)).toEqual(grey(128));
  });

  it('shows every changed pixel, also one that a bound cut short, but no rounding', async () => {
    const original = Float32Array.from([0, 0.98, 0.5, 0.5]);
    const perturbed = Float32Array.from([1, 1, 0.5 + 1e-7, 0.5]);
    const sheet = await decode(await galleryPng([{ original, perturbed }], [1, 2, 2]));
    const middle = 112 + GALLERY_GAP;
    expect(sheet.at(middle, 0)).toEqual([214, 96, 20, 255]);
    // A third of the way from grey to orange, though the change is a fiftieth of the largest.
    expect(sheet.at(middle + 56, 0)).toEqual([230, 191, 165, 255]);
    expect(sheet.at(middle, 56)).toEqual(grey(238));
    expect(sheet.at(middle + 56, 56)).toEqual(grey(238));
  });

  it('clips values outside [0, 1] and survives an unchanged input', async () => {
    const values = Float32Array.from([-1, 2, 0, 1]);
    const sheet = await decode(await galleryPng([{ original: values, perturbed: values }], [1, 2, 2]));
    expect(sheet.at(0, 0)).toEqual(grey(0));
    expect(sheet.at(56, 0)).toEqual(grey(255));
    expect(sheet.at(112 + GALLERY_GAP, 0)).toEqual(grey(238));
  });

  it('refuses what it cannot draw', async () => {
    const row = { original: new Float32Array(8), perturbed: new Float32Array(8) };
    await expect(galleryPng([row], [2, 2, 2])).rejects.toMatchObject({ code: 'bad-value' });
    await expect(galleryPng([row], [1, 2, 2])).rejects.toMatchObject({ code: 'data-mismatch' });
    await expect(galleryPng([], [1, 2, 2])).rejects.toMatchObject({ code: 'nothing-to-do' });
  });
});

describe('pngImage', () => {
  it('reads the size from bytes and from a data URI alike', async () => {
    const bytes = await galleryPng(
      [{ original: new Float32Array(4), perturbed: new Float32Array(4) }],
      [1, 2, 2],
    );
    const image = pngImage(bytes)!;
    expect([image.width, image.height]).toEqual([3 * 112 + 2 * GALLERY_GAP, 112]);
    expect(pngImage(image.uri)).toEqual(image);
    expect(Buffer.from(image.uri.split(',')[1]!, 'base64').equals(bytes)).toBe(true);
  });

  it('takes nothing else: no address, no SVG, no damaged data', () => {
    for (const source of [
      'https://example.org/a.png',
      'data:image/svg+xml,<svg/>',
      'data:image/png;base64,%%%',
      '',
    ]) {
      expect(pngImage(source)).toBeUndefined();
    }
    expect(pngImage(new Uint8Array(40))).toBeUndefined();
  });
});
