import { ToolkitError } from '../base/errors.js';

/** How one element type is named, stored and encoded in ONNX (`code` is TensorProto.DataType). */
interface DTypeInfo {
  readonly code: number;
  readonly bits: number;
}

/**
 * Every ONNX element type. Floating-point types without a JavaScript array of their own keep the bits of each
 * element, and types of less than a byte have one element in each byte (packed.ts packs them for files).
 */
export const dtypes = {
  float32: { code: 1, bits: 32 },
  uint8: { code: 2, bits: 8 },
  int8: { code: 3, bits: 8 },
  uint16: { code: 4, bits: 16 },
  int16: { code: 5, bits: 16 },
  int32: { code: 6, bits: 32 },
  int64: { code: 7, bits: 64 },
  string: { code: 8, bits: 0 },
  bool: { code: 9, bits: 8 },
  float16: { code: 10, bits: 16 },
  float64: { code: 11, bits: 64 },
  uint32: { code: 12, bits: 32 },
  uint64: { code: 13, bits: 64 },
  complex64: { code: 14, bits: 64 },
  complex128: { code: 15, bits: 128 },
  bfloat16: { code: 16, bits: 16 },
  float8e4m3fn: { code: 17, bits: 8 },
  float8e4m3fnuz: { code: 18, bits: 8 },
  float8e5m2: { code: 19, bits: 8 },
  float8e5m2fnuz: { code: 20, bits: 8 },
  uint4: { code: 21, bits: 4 },
  int4: { code: 22, bits: 4 },
  float4e2m1: { code: 23, bits: 4 },
  float8e8m0: { code: 24, bits: 8 },
  uint2: { code: 25, bits: 2 },
  int2: { code: 26, bits: 2 },
} as const satisfies Record<string, DTypeInfo>;

/** Element types of ONNX tensors. */
export type DType = keyof typeof dtypes;

interface Arrays {
  float32: Float32Array;
  float64: Float64Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int4: Int8Array;
  int2: Int8Array;
  string: string[];
}

/** The array that holds elements of a type; of complex numbers it holds the raw bytes. */
export type DataOf<D extends DType> = D extends keyof Arrays ? Arrays[D] : Uint8Array;

/** Numbers in row-major order; `dims` may be empty (a scalar). */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly dims: readonly number[];
  readonly data: DataOf<D>;
}

type ArrayConstructor = { new (length: number): ArrayBufferView; BYTES_PER_ELEMENT: number };

const constructors: Partial<Record<DType, ArrayConstructor>> = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int4: Int8Array,
  uint4: Uint8Array,
  int2: Int8Array,
  uint2: Uint8Array,
  float4e2m1: Uint8Array,
  float8e4m3fn: Uint8Array,
  float8e4m3fnuz: Uint8Array,
  float8e5m2: Uint8Array,
  float8e5m2fnuz: Uint8Array,
  float8e8m0: Uint8Array,
};

const names = new Map<number, DType>(
  Object.entries(dtypes).map(([name, info]) => [info.code, name as DType]),
);

/** The element type of an ONNX TensorProto.DataType code, or undefined when this version does not know it. */
export const dtypeOfCode = (code: number): DType | undefined => names.get(code);

/** Number of elements of a shape. */
export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** Bytes that a tensor of this type and shape occupies in a file. */
export const bytesOf = (dtype: DType, dims: readonly number[]): number =>
  Math.ceil((sizeOf(dims) * dtypes[dtype].bits) / 8);

/** Length of the array that holds a tensor of this type and shape. */
export const lengthOf = (dtype: DType, dims: readonly number[]): number =>
  constructors[dtype] || dtype === 'string' ? sizeOf(dims) : bytesOf(dtype, dims);

/** A view of raw little-endian bytes as the array of a type; copies only when the bytes are misaligned. */
export function viewBytes<D extends DType>(dtype: D, bytes: Uint8Array): DataOf<D> {
  const Elements = constructors[dtype];
  if (!Elements) return bytes as DataOf<D>;
  const width = Elements.BYTES_PER_ELEMENT;
  // Not `bytes.slice()`: on a Node Buffer that is another view of the same misaligned bytes.
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const View = Elements as unknown as new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => DataOf<D>;
  return new View(aligned.buffer, aligned.byteOffset, aligned.byteLength / width);
}

/** A tensor over existing data; throws when the number of elements does not fit the shape. */
export function tensor<D extends DType>(dtype: D, dims: readonly number[], data: DataOf<D>): Tensor<D> {
  const expected = lengthOf(dtype, dims);
  if (data.length !== expected) {
    const reason = `${dtype} [${dims}] needs ${expected} elements, got ${data.length}`;
    throw new ToolkitError('shape-mismatch', { node: 'a tensor', reason });
  }
  return { dtype, dims, data };
}

/** A tensor of zeros. */
export function zeros<D extends DType>(dtype: D, dims: readonly number[]): Tensor<D> {
  const Elements = constructors[dtype];
  if (!Elements) throw new ToolkitError('unsupported-type', { what: 'zeros', type: dtype });
  return { dtype, dims, data: new Elements(sizeOf(dims)) as unknown as DataOf<D> };
}

/** A float32 tensor; other numbers are copied, a `Float32Array` is shared. */
export const float32 = (dims: readonly number[], values: ArrayLike<number>): Tensor<'float32'> =>
  tensor('float32', dims, values instanceof Float32Array ? values : Float32Array.from(values));

/**
 * A tensor of int64 with these values.
 * @throws ToolkitError `shape-mismatch` for values that are not whole numbers
 */
export const int64 = (dims: readonly number[], values: ArrayLike<number | bigint>): Tensor<'int64'> =>
  tensor('int64', dims, BigInt64Array.from(Array.from(values, wholeOf)));

/** Sizes and axes come from files: what arithmetic makes of them need not be a size. */
function wholeOf(value: number | bigint): bigint {
  if (typeof value === 'bigint' || Number.isInteger(value)) return BigInt(value);
  const reason = `${value} stands where a whole number belongs`;
  throw new ToolkitError('shape-mismatch', { node: 'a size or an index', reason });
}

/** Narrows to one element type, or says which type was expected of what. */
export function expectType<D extends DType>(value: Tensor, dtype: D, what: string): Tensor<D> {
  if (value.dtype !== dtype)
    throw new ToolkitError('unsupported-type', { what: `${what} (expected ${dtype})`, type: value.dtype });
  return value as Tensor<D>;
}

/** Rows `start` to `end` along the first dimension, sharing memory. */
export function rows<D extends DType>(value: Tensor<D>, start: number, end: number): Tensor<D> {
  const width = sizeOf(value.dims.slice(1));
  const data = value.data as unknown as { subarray(a: number, b: number): DataOf<D> };
  return {
    dtype: value.dtype,
    dims: [end - start, ...value.dims.slice(1)],
    data: data.subarray(start * width, end * width),
  };
}
