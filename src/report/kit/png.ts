/**
 * Pixels between the tiles of a gallery sheet, in both directions: how the report knows where its rows are.
 */
export const GALLERY_GAP = 4;

export interface PngImage {
  /** `data:image/png;base64,...` */
  readonly uri: string;
  readonly width: number;
  readonly height: number;
}

const PREFIX = 'data:image/png;base64,';
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * A PNG, given as bytes or as a data URI, ready to be put into a page. Undefined when it is no PNG: an
 * address, for instance, must not turn the report into something that loads from elsewhere.
 */
export function pngImage(source: Uint8Array | string): PngImage | undefined {
  const bytes = typeof source === 'string' ? fromDataUri(source) : source;
  if (!bytes || bytes.length < 24 || SIGNATURE.some((byte, i) => bytes[i] !== byte)) return undefined;
  // The header chunk comes first by definition: width and height are big-endian at bytes 16 and 20.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { uri: PREFIX + toBase64(bytes), width: view.getUint32(16), height: view.getUint32(20) };
}

function fromDataUri(uri: string): Uint8Array | undefined {
  if (!uri.startsWith(PREFIX)) return undefined;
  try {
    return Uint8Array.from(atob(uri.slice(PREFIX.length)), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += 0x8000) {
    parts.push(String.fromCharCode(...bytes.subarray(start, start + 0x8000)));
  }
  return btoa(parts.join(''));
}
