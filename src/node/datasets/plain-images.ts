/** Formats that the image library has no decoder for: Windows bitmaps and the portable formats of Netpbm. */

/** Pixels of an image: one byte for each of `channels` values, row by row. */
export interface PlainImage {
  readonly width: number;
  readonly height: number;
  /** 1: grey; 3: red, green, blue. */
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/**
 * A Windows bitmap. Transparency is dropped.
 *
 * @param maxPixels larger images are refused before memory is taken
 * @throws Error saying what is wrong with the file
 */
export async function decodeBmp(bytes: Uint8Array, maxPixels: number): Promise<PlainImage> {
  if (bytes.length < 34) throw new Error('it ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getInt32(18, true), Math.abs(view.getInt32(22, true))];
  checkSize(width, height, maxPixels);
  const isPacked = view.getUint32(14, true) >= 40 && [1, 2].includes(view.getUint32(30, true));
  const needed = Math.ceil((width * view.getUint16(28, true)) / 8) * height;
  if (!isPacked && bytes.length < needed) throw new Error('it is cut short');
  const { decode } = await import('bmp-ts');
  const { data } = decode(Buffer.from(bytes), { toRGBA: true });
  const colours = new Uint8Array(width * height * 3);
  let isGrey = true;
  for (let i = 0; i < width * height; i += 1) {
    const [r = 0, g = 0, b = 0] = data.subarray(4 * i, 4 * i + 3);
    colours.set([r, g, b], 3 * i);
    isGrey &&= r === g && g === b;
  }
  if (!isGrey) return { width, height, channels: 3, data: colours };
  return { width, height, channels: 1, data: colours.filter((_, i) => i % 3 === 0) };
}

/**
 * A bitmap, grey map or pixel map of Netpbm (`.pbm`, `.pgm`, `.ppm`), as text (P1 to P3) or bytes (P4 to P6);
 * 16 bits become 8.
 *
 * @param maxPixels larger images are refused before memory is taken
 * @throws Error saying what is wrong with the file
 * @see https://netpbm.sourceforge.net/doc/pnm.html
 */
export function decodePnm(bytes: Uint8Array, maxPixels: number): PlainImage {
  const kind = (bytes[1] ?? 0) - 0x30;
  const isBitmap = kind === 1 || kind === 4;
  const reader = new NumberReader(bytes, 2);
  const [width, height] = [reader.next(), reader.next()];
  const maximum = isBitmap ? 1 : reader.next();
  checkSize(width, height, maxPixels);
  if (!(maximum >= 1 && maximum <= 65_535)) throw new Error(`its largest value is ${maximum}`);
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const count = width * height * channels;
  const values = kind >= 4 ? packed(bytes, reader.at + 1, { kind, width, height, count, maximum }) : reader;
  const data = Uint8Array.from({ length: count }, () => {
    const share = Math.min(values.next(isBitmap && kind === 1), maximum) / maximum;
    // In a bitmap, 1 is black.
    return Math.round(255 * (isBitmap ? 1 - share : share));
  });
  return { width, height, channels, data };
}

function checkSize(width: number, height: number, maxPixels: number): void {
  if (!(width >= 1 && height >= 1 && width * height <= maxPixels))
    throw new Error(`${width} x ${height} pixels`);
}

interface Packing {
  readonly kind: number;
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly maximum: number;
}

/** Values after the one white space that ends the header. */
function packed(bytes: Uint8Array, start: number, { kind, width, height, count, maximum }: Packing) {
  const rowBytes = Math.ceil(width / 8);
  const size = maximum > 255 ? 2 : 1;
  const needed = kind === 4 ? rowBytes * height : count * size;
  if (bytes.length < start + needed) throw new Error('it is cut short');
  let i = -1;
  return {
    next(): number {
      i += 1;
      if (kind === 4) {
        const [row, column] = [Math.floor(i / width), i % width];
        return ((bytes[start + row * rowBytes + (column >> 3)] ?? 0) >> (7 - (column & 7))) & 1;
      }
      const at = start + i * size;
      return size === 1 ? (bytes[at] ?? 0) : 256 * (bytes[at] ?? 0) + (bytes[at + 1] ?? 0);
    },
  };
}

/** Whole numbers between white space and comments. */
class NumberReader {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}

  /** @param isDigit digits may follow each other without white space, as in a bitmap of text */
  next(isDigit = false): number {
    const { bytes } = this;
    for (; this.at < bytes.length; this.at += 1) {
      if (bytes[this.at] === 0x23) while (this.at < bytes.length && bytes[this.at] !== 0x0a) this.at += 1;
      else if ((bytes[this.at] ?? 0) > 0x20) break;
    }
    const start = this.at;
    while (isDigitByte(bytes[this.at]) && this.at - start < (isDigit ? 1 : 9)) this.at += 1;
    if (this.at === start) throw new Error('it is cut short or no number stands where one belongs');
    return Number(String.fromCharCode(...bytes.subarray(start, this.at)));
  }
}

const isDigitByte = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
