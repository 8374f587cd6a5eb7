import { describe, expect, it } from 'vitest';
import { decodeBmp, decodePnm } from '../../../src/node/datasets/plain-images.js';

const LIMIT = 100;
const bytes = (text: string, ...rest: number[]) => Uint8Array.from([...Buffer.from(text), ...rest]);
const pixelsOf = (file: Uint8Array) => {
  const { width, height, channels, data } = decodePnm(file, LIMIT);
  return [width, height, channels, ...data];
};

describe('the formats of Netpbm', () => {
  it.each<[string, Uint8Array, number[]]>([
    ['P1, digits side by side', bytes('P1\n3 2\n101\n010'), [3, 2, 1, 0, 255, 0, 255, 0, 255]],
    ['P2 with comments', bytes('P2 # grey\n# more\n2 1 # size\n4\n0 # black\n2\n'), [2, 1, 1, 0, 128]],
    ['P3', bytes('P3\n1 1\n255\n1 2 3'), [1, 1, 3, 1, 2, 3]],
    [
      'P4, rows of whole bytes',
      bytes('P4\n9 2\n', 0x80, 0x80, 0, 0),
      [9, 2, 1, 0, ...Array(7).fill(255), 0, ...Array(9).fill(255)],
    ],
    ['P5', bytes('P5 2 1 255\n', 0x0a, 0x20), [2, 1, 1, 10, 32]],
    ['P5 of 16 bits', bytes('P5\n1 1\n65535\n', 0x80, 0x00), [1, 1, 1, 128]],
    ['P6', bytes('P6\n1 2\n255\n', 1, 2, 3, 4, 5, 6), [1, 2, 3, 1, 2, 3, 4, 5, 6]],
  ])('%s', (_, file, expected) => {
    expect(pixelsOf(file)).toEqual(expected);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['cut short, bytes', bytes('P6\n1 2\n255\n', 1, 2, 3), /cut short/],
    ['cut short, text', bytes('P2\n2 2\n9\n1 2 3'), /cut short/],
    ['no size', bytes('P5\n'), /cut short or no number/],
    ['too many pixels', bytes('P5\n999999 999999\n255\n'), /999999 x 999999 pixels/],
    ['no pixels', bytes('P5\n0 3\n255\n'), /0 x 3 pixels/],
    ['an impossible range', bytes('P5\n1 1\n0\n', 0), /largest value is 0/],
    ['words', bytes('P2\nx y\n'), /no number/],
  ])('%s is refused', (_, file, reason) => {
    expect(() => decodePnm(file, LIMIT)).toThrowError(reason);
  });
});

describe('bitmaps', () => {
  const header = (width: number, height: number, bits: number) => {
    const file = Buffer.alloc(54);
    file.write('BM');
    for (const [value, at] of [
      [54, 10],
      [40, 14],
    ] as const)
      file.writeUInt32LE(value, at);
    file.writeInt32LE(width, 18);
    file.writeInt32LE(height, 22);
    file.writeUInt16LE(1, 26);
    file.writeUInt16LE(bits, 28);
    return file;
  };

  it('are grey where every pixel is', async () => {
    const grey = await decodeBmp(Buffer.concat([header(1, 1, 24), Buffer.of(7, 7, 7, 0)]), LIMIT);
    expect([grey.channels, ...grey.data]).toEqual([1, 7]);
    const colour = await decodeBmp(Buffer.concat([header(1, 1, 24), Buffer.of(7, 8, 9, 0)]), LIMIT);
    expect([colour.channels, ...colour.data]).toEqual([3, 9, 8, 7]);
  });

  it('are refused before memory is taken', async () => {
    await expect(decodeBmp(header(60_000, 60_000, 24), LIMIT)).rejects.toThrowError(/60000 x 60000 pixels/);
    await expect(decodeBmp(header(-1, 1, 24), LIMIT)).rejects.toThrowError(/-1 x 1 pixels/);
    await expect(decodeBmp(header(9, 9, 24), LIMIT)).rejects.toThrowError(/cut short/);
    await expect(decodeBmp(Buffer.from('BM'), LIMIT)).rejects.toThrowError(/within its header/);
  });
});
