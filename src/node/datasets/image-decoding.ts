import { ToolkitError } from '../../core/base/errors.js';
import { readFileBytes } from '../store/files.js';

/** Limits on the bytes of one file and the pixels of one image, against files that fill the memory. */
const mostBytes = 2 ** 26;
const mostPixels = 2 ** 26;

/** Size of an image, and whether it has colours; or why it cannot be used. */
export interface Header {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/** The form that decoded images shall have. */
export interface Target {
  /** 1 grey (the luminance of colours), 3 red, green, blue (three times the grey of grey ones). */
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
}

/**
 * Only these three formats reach the decoder, whatever the file name says: its others run more code.
 */
function isKnown(bytes: Uint8Array): boolean {
  const starts = (start: number, ...expected: number[]) =>
    expected.every((byte, i) => bytes[start + i] === byte);
  const png = starts(0, 0x89, 0x50, 0x4e, 0x47);
  const jpeg = starts(0, 0xff, 0xd8, 0xff);
  const webp = starts(0, 0x52, 0x49, 0x46, 0x46) && starts(8, 0x57, 0x45, 0x42, 0x50);
  return png || jpeg || webp;
}

async function read(path: string): Promise<Uint8Array | string> {
  try {
    const bytes = await readFileBytes(path, 'an image', mostBytes);
    return isKnown(bytes) ? bytes : 'it is neither PNG nor JPEG nor WebP';
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    return error.code === 'file-too-large' ? `it has more than ${mostBytes} bytes` : error.message;
  }
}

async function open(bytes: Uint8Array) {
  const { default: sharp } = await import('sharp');
  return sharp(bytes, { limitInputPixels: mostPixels, failOn: 'truncated' });
}

/** What the head of an image file says, or why the file cannot be used. Nothing is decoded. */
export async function readHeader(path: string): Promise<Header | string> {
  const bytes = await read(path);
  if (typeof bytes === 'string') return bytes;
  try {
    const { width, height, space } = await (await open(bytes)).metadata();
    if (!width || !height || width * height > mostPixels) return `${width} x ${height} pixels are too many`;
    return { width, height, channels: space === 'b-w' || space === 'grey16' ? 1 : 3 };
  } catch (error) {
    return shortly(error);
  }
}

/**
 * Pixels of an image file, [channels, height, width], or why it cannot be used. An image of
 * another size is stretched to this one. Transparency is dropped, and EXIF rotation is ignored, as in
 * PyTorch's ImageFolder.
 */
export async function readPixels(
  path: string,
  { channels, height, width }: Target,
): Promise<Uint8Array | string> {
  const bytes = await read(path);
  if (typeof bytes === 'string') return bytes;
  try {
    const image = (await open(bytes)).removeAlpha().resize(width, height, { fit: 'fill' });
    const { data, info } = await image
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (data.length !== width * height * info.channels || info.channels < channels)
      return 'it decodes to another size';
    return planes(data, info.channels, channels);
  } catch (error) {
    return shortly(error);
  }
}

function planes(data: Uint8Array, stride: number, channels: number): Uint8Array {
  const area = data.length / stride;
  const pixels = new Uint8Array(channels * area);
  for (let channel = 0; channel < channels; channel += 1) {
    for (let place = 0; place < area; place += 1)
      pixels[channel * area + place] = data[place * stride + channel]!;
  }
  return pixels;
}

const shortly = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').replace(/^Input buffer /, 'it ').slice(0, 120);
};
