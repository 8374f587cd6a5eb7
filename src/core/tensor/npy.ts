import { ToolkitError } from '../base/errors.js';
import { bytesOf, type DType, dtypes, sizeOf, type Tensor, tensor, viewBytes } from './tensor.js';

/**
 * NumPy's `.npy` format: a magic number, a Python dictionary as text, then the raw numbers.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
const descriptors = {
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
  int8: '|i1',
  int16: '<i2',
  int32: '<i4',
  int64: '<i8',
  uint8: '|u1',
  uint16: '<u2',
  uint32: '<u4',
  uint64: '<u8',
  bool: '|b1',
} as const satisfies Partial<Record<DType, string>>;

/** The element types that an `.npy` file can hold here; float16 keeps its raw bits. */
export type NpyDType = keyof typeof descriptors;

const dtypeOf = new Map<string, NpyDType>(
  Object.entries(descriptors).map(([dtype, descriptor]) => [descriptor, dtype as NpyDType]),
);

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy aligns the numbers to this many bytes. */
const alignment = 64;
/** NumPy's own limits: it distrusts longer headers, and has no arrays with more dimensions. */
const longestHeader = 10_000;
const mostDimensions = 64;

const corrupt = (source: string, reason: string): ToolkitError =>
  new ToolkitError('corrupt-data', { source, reason });

/** True for an element type that `writeNpy` can write. */
export const isNpyDType = (dtype: DType): dtype is NpyDType => dtype in descriptors;

/**
 * The array in an `.npy` file (versions 1 to 3, little-endian; Fortran order is transposed to row-major).
 *
 * The numbers share memory with `bytes` where their alignment allows it.
 *
 * @param source named in errors, for example the path of the file
 * @throws ToolkitError 'corrupt-data'; a header that claims more than the bytes hold is
 *   refused before allocating
 */
export function readNpy(bytes: Uint8Array, source: string): Tensor<NpyDType> {
  const { text, start } = headerOf(bytes, source);
  const { descriptor, fortran, dims } = parseHeader(text, source);
  const dtype = dtypeOf.get(descriptor);
  if (!dtype) throw corrupt(source, whyUnknown(descriptor));
  const expected = bytesOf(dtype, dims);
  const present = bytes.length - start;
  if (expected !== present) {
    throw corrupt(
      source,
      `${dtype} [${dims.join(', ')}] needs ${expected} bytes of data, but ${present} are present`,
    );
  }
  // Not a subarray: a Node Buffer would stay one, and its `slice` does not copy.
  const raw = new Uint8Array(bytes.buffer, bytes.byteOffset + start, present);
  if (dtype === 'bool' && raw.some((value) => value > 1))
    throw corrupt(source, 'a bool that is neither 0 nor 1');
  const rowMajor = fortran && dims.length > 1 ? transpose(raw, dims, dtypes[dtype].bits / 8) : raw;
  return tensor(dtype, dims, viewBytes(dtype, rowMajor));
}

/**
 * A tensor as an `.npy` file (version 1, row-major) that `numpy.load` opens. Equal tensors give equal bytes.
 *
 * @throws ToolkitError 'bad-value' for element types that NumPy does not have
 */
export function writeNpy(value: Tensor): Uint8Array {
  if (!isNpyDType(value.dtype)) {
    throw new ToolkitError('bad-value', {
      what: 'element type of an .npy file',
      expected: `one of ${Object.keys(descriptors).join(', ')}`,
      received: value.dtype,
    });
  }
  // Python writes a tuple of one with a comma: (3,).
  const shape = `(${value.dims.join(', ')}${value.dims.length === 1 ? ',' : ''})`;
  const dictionary = `{'descr': '${descriptors[value.dtype]}', 'fortran_order': False, 'shape': ${shape}, }`;
  const unpadded = magic.length + 4 + dictionary.length + 1;
  const start = Math.ceil(unpadded / alignment) * alignment;
  const header = `${dictionary}${' '.repeat(start - unpadded)}\n`;
  const data = value.data as Exclude<Tensor<NpyDType>['data'], string[]>;
  const bytes = new Uint8Array(start + data.byteLength);
  bytes.set(magic);
  bytes.set([1, 0, header.length & 0xff, header.length >> 8], magic.length);
  for (let i = 0; i < header.length; i += 1) bytes[magic.length + 4 + i] = header.charCodeAt(i);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  return bytes;
}

function headerOf(bytes: Uint8Array, source: string): { text: string; start: number } {
  if (magic.some((value, i) => bytes[i] !== value))
    throw corrupt(source, 'it does not begin like a NumPy .npy file');
  const major = bytes[6] ?? 0;
  if (major < 1 || major > 3) throw corrupt(source, `.npy version ${major}; known are 1, 2 and 3`);
  const first = major === 1 ? 10 : 12;
  if (bytes.length < first) throw corrupt(source, 'it ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader)
    throw corrupt(source, `a header of ${length} bytes; at most ${longestHeader} are expected`);
  if (first + length > bytes.length) throw corrupt(source, 'it ends within its header');
  const text = String.fromCharCode(...bytes.subarray(first, first + length));
  return { text, start: first + length };
}

/** Reads the three entries of the dictionary in any order and nothing else: this is no Python parser. */
function parseHeader(text: string, source: string): { descriptor: string; fortran: boolean; dims: number[] } {
  const body = text.trim();
  if (!body.startsWith('{') || !body.endsWith('}')) throw corrupt(source, 'its header is not a dictionary');
  const descriptor = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(body)?.[1];
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(body)?.[1];
  const shape = /['"]shape['"]\s*:\s*\(([^()]*)\)/.exec(body)?.[1];
  if (descriptor === undefined)
    throw corrupt(source, 'its header names no plain element type (records are not read)');
  if (fortran === undefined) throw corrupt(source, 'its header does not say whether it is in Fortran order');
  // A tuple of one ends with a comma; Python 2 wrote long integers as 60000L.
  const sizes = shape
    ?.replace(/,\s*$/, '')
    .split(',')
    .map((size) => size.trim());
  const scalar = shape?.trim() === '';
  if (!sizes || !(scalar || sizes.every((size) => /^\d+L?$/.test(size)))) {
    throw corrupt(source, 'its header has no shape of whole numbers');
  }
  const dims = scalar ? [] : sizes.map((size) => Number.parseInt(size, 10));
  if (dims.length > mostDimensions)
    throw corrupt(source, `it has ${dims.length} dimensions; the most is ${mostDimensions}`);
  if (!dims.every(Number.isSafeInteger) || !Number.isSafeInteger(sizeOf(dims) * 8)) {
    throw corrupt(source, `its shape (${dims.join(', ')}) is larger than any memory`);
  }
  return { descriptor, fortran: fortran === 'True', dims };
}

function whyUnknown(descriptor: string): string {
  const known = [...dtypeOf.values()].join(', ');
  if (descriptor.startsWith('>')) {
    return `element type '${descriptor}' is big-endian; save it with array.astype('<${descriptor.slice(1)}')`;
  }
  if (descriptor.includes('O'))
    return 'it holds pickled Python objects, which are never read; save plain numbers';
  return `element type '${descriptor}' is not read; known are ${known}`;
}

/** Column-major to row-major: walks the result in order and keeps the matching place in the file. */
function transpose(raw: Uint8Array, dims: readonly number[], width: number): Uint8Array {
  const result = new Uint8Array(raw.length);
  const strides = dims.map((_, axis) => sizeOf(dims.slice(0, axis)) * width);
  const position = new Array<number>(dims.length).fill(0);
  let from = 0;
  for (let to = 0; to < raw.length; to += width) {
    for (let byte = 0; byte < width; byte += 1) result[to + byte] = raw[from + byte]!;
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
      position[axis]! += 1;
      from += strides[axis]!;
      if (position[axis]! < dims[axis]!) break;
      from -= strides[axis]! * dims[axis]!;
      position[axis] = 0;
    }
  }
  return result;
}
