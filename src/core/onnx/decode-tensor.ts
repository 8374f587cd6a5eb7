import { isPacked, unpack } from '../tensor/packed.js';
import {
  bytesOf,
  type DataOf,
  type DType,
  dtypeOfCode,
  lengthOf,
  sizeOf,
  type Tensor,
  viewBytes,
} from '../tensor/tensor.js';
import type { TensorProto } from './generated/onnx_pb.js';

/** A tensor larger than this cannot be in a protobuf file at all, so a claim of more is a lie. */
const MAX_BYTES = 2 ** 31;

/** The message that a tensor was read from whose data are no view of its bytes. */
export const unpackedOrigins = new WeakMap<Tensor, TensorProto>();

const text = new TextDecoder();

/** A tensor of a file; what is wrong with it is added to `problems`. */
export function decodeTensor(proto: TensorProto, label: string, problems: string[]): Tensor | undefined {
  const dtype = dtypeOfCode(proto.dataType);
  if (!dtype) {
    problems.push(`${label} has the unknown element type ${proto.dataType}`);
    return undefined;
  }
  const dims = proto.dims.map(Number);
  if (dims.some((d) => d < 0 || !Number.isSafeInteger(d)) || bytesOf(dtype, dims) > MAX_BYTES) {
    problems.push(`${label} claims the impossible shape [${dims}]`);
    return undefined;
  }
  const data = dtype === 'string' ? proto.stringData.map((s) => text.decode(s)) : numericData(proto, dtype);
  const whole = isPacked(dtype) && data.length === bytesOf(dtype, dims);
  const value: Tensor = {
    dtype,
    dims,
    data: whole ? unpack(dtype, data as Uint8Array, sizeOf(dims)) : (data as DataOf<DType>),
  };
  const expected = lengthOf(dtype, dims);
  if (isPacked(dtype) ? !whole : data.length !== expected) {
    problems.push(`${label} holds ${data.length} elements, its shape [${dims}] needs ${expected}`);
    return undefined;
  }
  if (whole) unpackedOrigins.set(value, proto);
  return value;
}

/**
 * Numbers come as raw bytes, or spread over typed fields that older exporters used; packed ones stay packed.
 */
function numericData(proto: TensorProto, dtype: DType): ArrayLike<unknown> {
  if (proto.rawData.length > 0) {
    const width = bytesOf(dtype, [1]);
    if (isPacked(dtype)) return proto.rawData;
    return proto.rawData.length % width === 0 ? viewBytes(dtype, proto.rawData) : [];
  }
  switch (dtype) {
    case 'float32':
      return Float32Array.from(proto.floatData);
    case 'float64':
      return Float64Array.from(proto.doubleData);
    case 'int64':
      return BigInt64Array.from(proto.int64Data);
    case 'uint64':
      return BigUint64Array.from(proto.uint64Data);
    case 'uint32':
      return Uint32Array.from(proto.uint64Data, Number);
    case 'int32':
      return Int32Array.from(proto.int32Data);
    case 'int16':
      return Int16Array.from(proto.int32Data);
    case 'int8':
      return Int8Array.from(proto.int32Data);
    case 'uint16':
    case 'float16':
    case 'bfloat16':
      return Uint16Array.from(proto.int32Data);
    case 'complex64':
      return new Uint8Array(Float32Array.from(proto.floatData).buffer);
    case 'complex128':
      return new Uint8Array(Float64Array.from(proto.doubleData).buffer);
    default:
      return Uint8Array.from(proto.int32Data);
  }
}
