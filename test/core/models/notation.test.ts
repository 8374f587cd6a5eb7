import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LayerSpec, multiplyAdds, parseNotation } from '../../../src/core/models/notation.js';
import { dataOf } from '../../support/errors.js';

/** A layer spelled with everything it has. */
function spell(layer: LayerSpec): string {
  if (layer.kind === 'pool') return 'M';
  const size = layer.kind === 'full' ? `F${layer.units}` : `C${layer.channels}k${layer.kernel}`;
  return layer.batchNorm ? `${size}b` : size;
}

const spelled = (notation: string, kernel?: number) =>
  parseNotation(notation, kernel).layers.map(spell).join('-');

describe('good notations', () => {
  it.each([
    ['784-C64-C128-F512-10', [1, 28, 28], 'C64k5-M-C128k5-M-F512', 10],
    ['784-10', [1, 28, 28], '', 10],
    ['784-F512-10', [1, 28, 28], 'F512', 10],
    ['3072-C32k3-10', [3, 32, 32], 'C32k3-M', 10],
    ['3x32x32-C32k3-C32k3-M-F10-100', [3, 32, 32], 'C32k3-C32k3-M-F10', 100],
    // A square is grey, even where a third of it is a square too.
    ['144-2', [1, 12, 12], '', 2],
    ['12-2', [3, 2, 2], '', 2],
    ['784-C4b-C4k3b-F9b-F9-10', [1, 28, 28], 'C4k5b-M-C4k3b-M-F9b-F9', 10],
    ['3x32x32-C64-C64-M-C128-C128-M-F256-10', [3, 32, 32], 'C64k5-C64k5-M-C128k5-C128k5-M-F256', 10],
    ['1-2', [1, 1, 1], '', 2],
    ['1x7x9-C2-M-2', [1, 7, 9], 'C2k5-M', 2],
    ['5x1x40-F3-2', [5, 1, 40], 'F3', 2],
    // Two halvings of 4 x 4 leave one pixel, which is enough.
    ['16-C2-C2-2', [1, 4, 4], 'C2k5-M-C2k5-M', 2],
  ] as const)('%s', (notation, input, layers, classes) => {
    expect(spelled(notation)).toBe(layers);
    expect(parseNotation(notation)).toMatchObject({ notation, input, classes });
  });

  it('takes the kernel size from the option unless the layer says otherwise', () => {
    expect(spelled('784-C8-C8k1-10', 3)).toBe('C8k3-M-C8k1-M');
    expect(spelled('784-C8-10')).toBe('C8k5-M');
  });

  it('pools after every convolution, or exactly where M is written', () => {
    expect(spelled('784-C8-C8-F9-10')).toBe('C8k5-M-C8k5-M-F9');
    expect(spelled('784-C8-C8-M-F9-10')).toBe('C8k5-C8k5-M-F9');
    expect(spelled('784-M-C8-F9-10')).toBe('M-C8k5-F9');
  });
});

describe('batch normalization', () => {
  it('is absent, not false, where it is not asked for: layers are part of keys', () => {
    const fields = parseNotation('784-C8-F9-10').layers.map((layer) => Object.keys(layer));
    expect(fields).toEqual([['kind', 'channels', 'kernel'], ['kind'], ['kind', 'units']]);
    expect(parseNotation('784-C8b-10').layers[0]).toEqual({
      kind: 'conv',
      channels: 8,
      kernel: 5,
      batchNorm: true,
    });
  });
});

describe('multiply-adds', () => {
  it.each([
    // The numbers of bench/main.ts.
    ['784-C64-C128-F512-10', 28 * 28 * 25 * 64 + 14 * 14 * 25 * 64 * 128 + 6272 * 512 + 512 * 10],
    ['1x7x9-C2k3b-M-C3k1-M-F4b-2', 63 * 18 + 12 * 6 + 4 * 6 + 8],
    ['12-F5-2', 60 + 10],
    ['12-2', 24],
  ])('of %s', (notation, expected) => {
    expect(multiplyAdds(parseNotation(notation))).toBe(expected);
  });
});

describe('bad notations', () => {
  it.each([
    ['', 0, /input, layers/],
    ['784', 3, /input, layers/],
    ['-10', 0, /input size/],
    ['785-10', 0, /input size/],
    ['0-10', 0, /input size/],
    ['3x32-10', 0, /input size/],
    ['3x32x32x1-10', 0, /input size/],
    ['3x0x32-10', 0, /input size/],
    ['99999x99999x9-10', 0, /input size/],
    ['784-C64-F512', 8, /number of classes/],
    ['784-1', 4, /number of classes/],
    ['784-C64-', 8, /number of classes/],
    ['784--10', 4, /a layer/],
    ['784-C-10', 4, /a layer/],
    ['784-C0-10', 4, /a layer/],
    ['784-C064-10', 4, /a layer/],
    ['784-c64-10', 4, /a layer/],
    ['784-C64k4-10', 4, /a layer/],
    ['784-C64k33-10', 4, /a layer/],
    ['784-C64bk3-10', 4, /C64b or F512b with batch normalization/],
    ['784-C64bb-10', 4, /a layer/],
    ['784-Cb-10', 4, /a layer/],
    ['784-C8-Mb-10', 7, /a layer/],
    ['784-C8-10b', 7, /number of classes/],
    ['784-F512k3-10', 4, /a layer/],
    ['784-C64-X-F512-10', 8, /a layer/],
    ['784-C99999-10', 4, /a layer/],
    ['784-C64 -10', 4, /a layer/],
    // The position is that of what is written, pooling that nobody wrote does not count.
    ['784-C4-F512-C64-10', 12, /come first/],
    ['784-C4-M-F512-M-10', 14, /come first/],
    ['4-C2-C3-10', 5, /one pixel/],
    ['1x2x9-M-M-10', 8, /one pixel/],
    ['1x1x1-C4-M-2', 9, /one pixel/],
    ['784-F65536-F65536-10', 11, /smaller layer/],
    ['784-C65536-C65536-10', 11, /smaller layer/],
    ['2x1448x1448-65536', 12, /smaller layer/],
    [`784-${'F8-'.repeat(63)}10`, 4 + 3 * 63, /at most 64/],
  ])('%s fails at %i', async (notation, position, expected) => {
    const data = await dataOf('bad-notation', () => parseNotation(notation));
    expect(data.position).toBe(position);
    expect(data.expected).toMatch(expected);
  });

  it.each([0, 2, -3, 1.5, 33, Number.NaN])('refuses a default kernel of %s', async (kernel) => {
    const data = await dataOf('bad-value', () => parseNotation('784-C8-10', kernel));
    expect(data.what).toBe('kernel size');
  });

  it('reads or refuses any text, and never fails otherwise', () => {
    const alphabet = fc.constantFrom(...'0123456789CFMbkx-'.split(''));
    const text = fc.array(alphabet, { maxLength: 20 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (notation) => {
        try {
          parseNotation(notation);
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-notation' });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('property', () => {
  const normalized = { batchNorm: fc.constant(true as const) };
  const conv = fc.record(
    {
      kind: fc.constant('conv' as const),
      channels: fc.integer({ min: 1, max: 32 }),
      kernel: fc.constantFrom(1, 3, 5, 7),
      ...normalized,
    },
    { requiredKeys: ['kind', 'channels', 'kernel'] },
  );
  const pool = fc.constant({ kind: 'pool' as const });
  const full = fc.record(
    { kind: fc.constant('full' as const), units: fc.integer({ min: 1, max: 64 }), ...normalized },
    { requiredKeys: ['kind', 'units'] },
  );
  const layers = fc
    .tuple(fc.array(fc.oneof(conv, conv, pool), { maxLength: 4 }), fc.array(full, { maxLength: 3 }))
    .map((parts): LayerSpec[] => parts.flat())
    // Without any M the notation means something else.
    .filter(
      (list) => list.some((layer) => layer.kind === 'pool') || !list.some((layer) => layer.kind === 'conv'),
    );

  it('reads back whatever is spelled out', () => {
    fc.assert(
      fc.property(layers, fc.integer({ min: 2, max: 99 }), (list, classes) => {
        const notation = ['2x32x32', ...list.map(spell), classes].join('-');
        expect(parseNotation(notation)).toEqual({ notation, input: [2, 32, 32], layers: list, classes });
      }),
    );
  });
});
