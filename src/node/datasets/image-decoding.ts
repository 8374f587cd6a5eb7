import { isToolkitError, ToolkitError } from '../../core/base/errors.js';
import { readFileBytes } from '../store/files.js';
import { decodeBmp, decodePnm } from './plain-images.js';
import { loadSharp } from './sharp.js';

/** Limits on the bytes of one file and the pixels of one image, against files that fill the memory. */
const MAX_BYTES = 2 ** 26;
const MAX_PIXELS = 2 ** 26;

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

type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff' | 'pnm' | 'avif' | 'bmp';

/**
 * The first bytes of each format, with their position. Only these reach a decoder,
 * whatever the file name says.
 */
const BEGINNINGS: readonly (readonly [ImageFormat, number, RegExp])[] = [
  ['png', 0, /^\x89PNG/],
  ['jpeg', 0, /^\xff\xd8\xff/],
  ['webp', 0, /^RIFF....WEBP/s],
  ['gif', 0, /^GIF8[79]a/],
  ['tiff', 0, /^(II\*\0|MM\0\*)/],
  ['pnm', 0, /^P[1-6]\s/],
  ['avif', 4, /^ftyp(avif|avis|mif1|msf1)/],
  ['bmp', 0, /^BM/],
];

function formatOf(bytes: Uint8Array): ImageFormat | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  return BEGINNINGS.find(([, start, pattern]) => pattern.test(head.slice(start)))?.[0];
}

interface Encoded {
  readonly format: ImageFormat;
  readonly bytes: Uint8Array;
}

async function read(path: string): Promise<Encoded | string> {
  try {
    const bytes = await readFileBytes(path, 'an image', MAX_BYTES);
    const format = formatOf(bytes);
    return format ? { format, bytes } : 'it is no PNG, JPEG, WebP, BMP, TIFF, GIF, PPM or AVIF file';
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    return error.code === 'file-too-large' ? `it has more than ${MAX_BYTES} bytes` : error.message;
  }
}

async function open({ format, bytes }: Encoded) {
  const sharp = await loadSharp();
  const options = { limitInputPixels: MAX_PIXELS, failOn: 'truncated' } as const;
  if (format !== 'bmp' && format !== 'pnm') return sharp(bytes, options);
  const { data, width, height, channels } = await decodePlain({ format, bytes });
  return sharp(data, { ...options, raw: { width, height, channels } });
}

const decodePlain = async ({ format, bytes }: Encoded) =>
  format === 'bmp' ? decodeBmp(bytes, MAX_PIXELS) : decodePnm(bytes, MAX_PIXELS);

/** What the head of an image file says, or why the file cannot be used. Nothing is decoded. */
export async function readHeader(path: string): Promise<Header | string> {
  const encoded = await read(path);
  if (typeof encoded === 'string') return encoded;
  try {
    if (encoded.format === 'bmp' || encoded.format === 'pnm') return await decodePlain(encoded);
    const { width, height, space } = await (await open(encoded)).metadata();
    if (!width || !height || width * height > MAX_PIXELS) return `${width} x ${height} pixels are too many`;
    return { width, height, channels: space === 'b-w' || space === 'grey16' ? 1 : 3 };
  } catch (error) {
    if (isToolkitError(error, 'package-missing')) throw error;
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
  const encoded = await read(path);
  if (typeof encoded === 'string') return encoded;
  try {
    const image = (await open(encoded)).removeAlpha().resize(width, height, { fit: 'fill' });
    const { data, info } = await image
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (data.length !== width * height * info.channels || info.channels < channels)
      return 'it decodes to another size';
    return planes(data, info.channels, channels);
  } catch (error) {
    if (isToolkitError(error, 'package-missing')) throw error;
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
