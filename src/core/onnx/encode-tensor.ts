import { isPacked, pack } from '../tensor/packed.js';
import { dtypes, type Tensor } from '../tensor/tensor.js';
import { unpackedOrigins } from './decode-tensor.js';
import { derive } from './derive.js';
import { type TensorProto, TensorProtoSchema } from './generated/onnx_pb.js';

const utf8 = new TextEncoder();

/** @param origin the message that a tensor of this name was read from */
export function tensorProto(name: string, value: Tensor, origin: TensorProto | undefined): TensorProto {
  if (origin && isSameTensor(value, origin)) return origin;
  const content =
    value.dtype === 'string'
      ? { stringData: (value.data as string[]).map((s) => utf8.encode(s)) }
      : { rawData: bytesIn(value) };
  return derive(TensorProtoSchema, origin && withoutContent(origin), {
    name,
    dataType: dtypes[value.dtype].code,
    dims: value.dims.map(BigInt),
    ...emptyContent,
    ...content,
  });
}

function withoutContent(origin: TensorProto): TensorProto {
  const copy: Partial<TensorProto> = { ...origin };
  delete copy.rawData;
  return copy as TensorProto;
}

const emptyContent = {
  floatData: [],
  int32Data: [],
  int64Data: [],
  doubleData: [],
  uint64Data: [],
  stringData: [],
};

/**
 * True for the very bytes, type and shape of a message; numbers in typed fields were copied, so they never
 * are.
 */
const isSameTensor = (value: Tensor, proto: TensorProto): boolean =>
  value.dtype !== 'string' &&
  dtypes[value.dtype].code === proto.dataType &&
  `${value.dims}` === `${proto.dims}` &&
  (sharesMemory(value, proto.rawData) || (proto.rawData.length > 0 && unpackedOrigins.get(value) === proto));

const sharesMemory = (value: Tensor, raw: Uint8Array): boolean => {
  const data = value.data as unknown as ArrayBufferView;
  return raw.byteLength > 0 && data.buffer === raw.buffer && data.byteOffset === raw.byteOffset;
};

const bytesIn = (value: Tensor): Uint8Array<ArrayBuffer> =>
  isPacked(value.dtype) ? pack(value.dtype, value.data as Uint8Array) : rawBytes(value.data as Uint8Array);

const rawBytes = (data: ArrayBufferView): Uint8Array<ArrayBuffer> =>
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
