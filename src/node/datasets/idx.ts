/** The IDX format of the MNIST files (LeCun et al.): a magic number, big-endian sizes, then bytes. */
export interface IdxArray {
  /** [N] for labels, [N, H, W] for images. */
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** Zero, zero, element type 8 (unsigned byte), number of dimensions. */
const magicOf = (rank: number): number => 0x0800 + rank;

/**
 * The array of unsigned bytes in an IDX file, sharing memory with `bytes`; or what is wrong with the file.
 *
 * @param rank 1 for labels, 3 for images
 */
export function parseIdx(bytes: Uint8Array, rank: number): IdxArray | string {
  const start = 4 + 4 * rank;
  if (bytes.length < start) return `only ${bytes.length} bytes, the header alone needs ${start}`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  if (magic !== magicOf(rank)) return `magic number ${magic} instead of ${magicOf(rank)}`;
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = dims.reduce((product, dim) => product * dim, 1);
  const present = bytes.length - start;
  if (present !== expected) return `[${dims.join(', ')}] needs ${expected} bytes, but ${present} are present`;
  if (expected === 0) return `[${dims.join(', ')}] is empty`;
  return { dims, data: bytes.subarray(start) };
}
