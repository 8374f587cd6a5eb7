import { bytesOf, type DType, sizeOf, type Tensor, zeros } from '../tensor/tensor.js';
import { decodeTensor } from './decode-tensor.js';
import type { SparseTensorProto } from './generated/onnx_pb.js';

/** Bytes that the sparse weights of a graph may stand for; a few of a file could claim any number. */
const MAX_DENSE_BYTES = 2 ** 30;

/** The message that a tensor was read from which is written back in sparse form. */
export const sparseOrigins = new WeakMap<Tensor, SparseTensorProto>();

/**
 * The tensor that a sparse one stands for, zeros included: what ONNX Runtime makes of it as well.
 *
 * Elements are named by their place in row-major order, [count], or by an index along each axis,
 * [count, rank].
 *
 * @param problems what is wrong with it is added here
 * @param spent bytes that other tensors of the graph stand for
 */
export function decodeSparse(
  proto: SparseTensorProto,
  label: string,
  problems: string[],
  spent = 0,
): Tensor | undefined {
  const dims = proto.dims.map(Number);
  const values = proto.values && decodeTensor(proto.values, label, problems);
  const indices = proto.indices && decodeTensor(proto.indices, `the places of ${label}`, problems);
  if (!values || !indices) {
    if (!proto.values || !proto.indices) problems.push(`${label} lacks its values or their places`);
    return undefined;
  }
  const isPossible = dims.every((d) => d >= 0 && Number.isSafeInteger(d));
  if (!STORED.has(values.dtype) || indices.dtype !== 'int64')
    problems.push(`${label} has elements that sparse weights cannot have`);
  else if (!isPossible || bytesOf(values.dtype, dims) + spent > MAX_DENSE_BYTES)
    problems.push(`${label} of shape [${dims}] is more than sparse weights may stand for`);
  else {
    const places = placesOf(indices as Tensor<'int64'>, dims, values.data.length);
    if (!places) problems.push(`${label} names places that are not in its shape [${dims}]`);
    else {
      const dense = filled(values, dims, places);
      sparseOrigins.set(dense, proto);
      return dense;
    }
  }
  return undefined;
}

/** Types whose elements are those of an array, and whose zero is zero bytes. */
const STORED: ReadonlySet<DType> = new Set([
  ...(['float32', 'float64', 'float16', 'bfloat16', 'bool'] as const),
  ...(['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'] as const),
]);

function placesOf(
  { dims: given, data }: Tensor<'int64'>,
  dims: readonly number[],
  count: number,
): readonly number[] | undefined {
  const rank = given[1];
  const isFlat = given.length === 1 && given[0] === count;
  if (!isFlat && !(given.length === 2 && given[0] === count && rank === dims.length)) return undefined;
  const size = sizeOf(dims);
  const places = Array.from({ length: count }, (_, i) => {
    if (isFlat) return Number(data[i]);
    return dims.reduce((place, dim, axis) => {
      const index = Number(data[i * dims.length + axis]);
      return index >= 0 && index < dim ? place * dim + index : Number.NaN;
    }, 0);
  });
  return places.every((place) => place >= 0 && place < size) ? places : undefined;
}

function filled(values: Tensor, dims: readonly number[], places: readonly number[]): Tensor {
  const dense = zeros(values.dtype, dims);
  const [from, into] = [values.data, dense.data] as unknown as Record<number, unknown>[];
  for (const [i, place] of places.entries()) if (from && into) into[place] = from[i];
  return dense;
}
