import { inflateSync, zipSync } from 'fflate';
import { ToolkitError } from '../base/errors.js';
import { ARCHIVE_LIMITS } from '../base/limits.js';
import { type NpyDType, readNpy, writeNpy } from './npy.js';
import type { Tensor } from './tensor.js';

/** The unpacked size that is accepted unless the caller says otherwise: 2 GiB. */
const defaultLimit = 2 ** 31;
/** Larger archives need the Zip64 format, which the writer does not have. */
const largestWritten = 2 ** 32 - 1;

const corrupt = (source: string, reason: string): ToolkitError =>
  new ToolkitError('corrupt-data', { source, reason });

export interface ReadNpzOptions {
  /** Named in errors, for example the path of the file. */
  readonly source: string;
  /** Bytes that the arrays may take unpacked, all together. */
  readonly limit?: number;
}

/**
 * The arrays of an `.npz` file (a zip archive of `.npy` files, stored or deflated), by name without `.npy`.
 * Members that are not `.npy` files are left alone.
 *
 * @throws ToolkitError 'corrupt-data' for damage of any kind (checksums are verified), and for archives that
 *   claim to unpack to more than the limit; those are refused before anything is unpacked
 */
export function readNpz(bytes: Uint8Array, options: ReadNpzOptions): Map<string, Tensor<NpyDType>> {
  const { source, limit = defaultLimit } = options;
  const members = directoryOf(bytes, source).filter((member) => member.name.endsWith('.npy'));
  const claimed = members.reduce((sum, member) => sum + member.size, 0);
  if (claimed > limit) throw corrupt(source, `it would unpack to ${claimed} bytes; the limit is ${limit}`);
  if (claimed > ARCHIVE_LIMITS.suspiciousBytes && claimed > ARCHIVE_LIMITS.ratio * bytes.length) {
    const times = Math.floor(claimed / bytes.length);
    throw corrupt(source, `it would unpack to ${claimed} bytes, ${times} times its size, as no images do`);
  }
  const arrays = new Map<string, Tensor<NpyDType>>();
  for (const member of members) {
    const name = member.name.slice(0, -'.npy'.length);
    if (arrays.has(name)) throw corrupt(source, `two arrays are named ${name}`);
    arrays.set(name, readNpy(unpack(bytes, member, source), `${source}: ${name}`));
  }
  return arrays;
}

/**
 * Named arrays as an `.npz` file that `numpy.load` opens. Equal arrays in equal order give equal bytes.
 *
 * @param options.level 0 (stored, the default: fast) to 9 (smallest)
 * @throws ToolkitError 'bad-value' for element types that NumPy does not have, or more than 4 GiB
 */
export function writeNpz(
  arrays: ReadonlyMap<string, Tensor>,
  options: { readonly level?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 } = {},
): Uint8Array {
  const files = Object.fromEntries([...arrays].map(([name, value]) => [`${name}.npy`, writeNpy(value)]));
  const size = Object.values(files).reduce((sum, file) => sum + file.length, 0);
  if (size > largestWritten) {
    throw new ToolkitError('bad-value', {
      what: 'size of an .npz file',
      expected: 'at most 4 GiB in one archive',
      received: `${size} bytes`,
    });
  }
  // A fixed date, in local time as zip archives keep it: the time of writing must not change the bytes.
  return zipSync(files, { level: options.level ?? 0, mtime: new Date(1980, 0, 1) });
}

/** One file of a zip archive, as its central directory describes it. */
interface Member {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly offset: number;
}

/**
 * The central directory (PKWARE's APPNOTE.TXT 4.3.12 to 4.3.16). fflate reads it too, but returns neither
 * the checksums nor the encryption flags, and NumPy's archives are mostly stored, where nothing else shows
 * damage.
 */
function directoryOf(bytes: Uint8Array, source: string): Member[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOf(view);
  if (end === undefined) throw corrupt(source, 'it does not end like a zip archive; it may be cut short');
  let count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  try {
    if (end >= 20 && view.getUint32(end - 20, true) === 0x07064b50) {
      const end64 = Number(view.getBigUint64(end - 12, true));
      if (view.getUint32(end64, true) !== 0x06064b50) throw corrupt(source, 'its Zip64 directory is missing');
      count = Number(view.getBigUint64(end64 + 32, true));
      at = Number(view.getBigUint64(end64 + 48, true));
    }
    const members: Member[] = [];
    for (let i = 0; i < count; i += 1) {
      if (view.getUint32(at, true) !== 0x02014b50) throw corrupt(source, 'its list of files is damaged');
      const next = at + 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true);
      members.push(memberAt(view, at));
      at = next + view.getUint16(at + 32, true);
    }
    return members;
  } catch (error) {
    if (error instanceof RangeError) throw corrupt(source, 'its list of files is damaged');
    throw error;
  }
}

/** The end record has a fixed size but for a comment of up to 65535 bytes. */
function endOf(view: DataView): number | undefined {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at -= 1) {
    if (view.getUint32(at, true) === 0x06054b50) return at;
  }
  return undefined;
}

function memberAt(view: DataView, at: number): Member {
  const nameLength = view.getUint16(at + 28, true);
  const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at + 46, nameLength));
  let packed = view.getUint32(at + 20, true);
  let size = view.getUint32(at + 24, true);
  let offset = view.getUint32(at + 42, true);
  // Zip64: fields that are all ones continue, in this order, in the extra field of kind 1.
  let extra = at + 46 + nameLength;
  const extraEnd = extra + view.getUint16(at + 30, true);
  while (extra + 4 <= extraEnd) {
    let field = extra + 4;
    const take = (value: number): number => {
      if (value !== 0xffffffff) return value;
      field += 8;
      return Number(view.getBigUint64(field - 8, true));
    };
    if (view.getUint16(extra, true) === 1) {
      size = take(size);
      packed = take(packed);
      offset = take(offset);
    }
    extra += 4 + view.getUint16(extra + 2, true);
  }
  return {
    name,
    method: view.getUint16(at + 10, true),
    encrypted: (view.getUint16(at + 8, true) & 1) === 1,
    crc: view.getUint32(at + 16, true),
    packed,
    size,
    offset,
  };
}

function unpack(bytes: Uint8Array, member: Member, source: string): Uint8Array {
  const damaged = (reason: string) => corrupt(source, `${member.name}: ${reason}`);
  if (member.encrypted) throw damaged('it is encrypted');
  if (member.method !== 0 && member.method !== 8)
    throw damaged(`compression method ${member.method} is not read`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (member.offset + 30 > bytes.length || view.getUint32(member.offset, true) !== 0x04034b50) {
    throw damaged('it is not where the list of files says');
  }
  const start =
    member.offset + 30 + view.getUint16(member.offset + 26, true) + view.getUint16(member.offset + 28, true);
  const packed = bytes.subarray(start, start + member.packed);
  if (packed.length !== member.packed) throw damaged('it is cut short');
  const data = member.method === 0 ? packed : inflate(packed, member.size, damaged);
  if (data.length !== member.size) throw damaged(`${data.length} bytes instead of ${member.size}`);
  if (crc32(data) !== member.crc) throw damaged('its checksum is wrong');
  return data;
}

/** Unpacks into exactly the claimed size: a member that lies about it cannot take more memory. */
function inflate(packed: Uint8Array, size: number, damaged: (reason: string) => ToolkitError): Uint8Array {
  try {
    return inflateSync(packed, { out: new Uint8Array(size) });
  } catch (error) {
    throw damaged(`it cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(data: Uint8Array): number {
  let value = -1;
  for (let i = 0; i < data.length; i += 1) value = crcTable[(value ^ data[i]!) & 255]! ^ (value >>> 8);
  return ~value >>> 0;
}
