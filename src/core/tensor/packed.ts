import { type DataOf, type DType, dtypes } from './tensor.js';

/** Whether files hold several elements of a type in one byte. */
export const isPacked = (dtype: DType): boolean => dtypes[dtype].bits > 0 && dtypes[dtype].bits < 8;

/** One element for each place, from bytes that hold several; the first lies in the lowest bits. */
export function unpack<D extends DType>(dtype: D, bytes: Uint8Array, count: number): DataOf<D> {
  const { bits } = dtypes[dtype];
  const perByte = 8 / bits;
  const isSigned = dtype === 'int4' || dtype === 'int2';
  const data = isSigned ? new Int8Array(count) : new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const code = ((bytes[Math.floor(i / perByte)] ?? 0) >> (bits * (i % perByte))) & (2 ** bits - 1);
    data[i] = isSigned && code >= 2 ** (bits - 1) ? code - 2 ** bits : code;
  }
  return data as DataOf<DType> as DataOf<D>;
}

/** The bytes of a file; what is left of the last one is 0. */
export function pack(dtype: DType, data: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const { bits } = dtypes[dtype];
  const perByte = 8 / bits;
  const bytes = new Uint8Array(Math.ceil(data.length / perByte));
  for (let i = 0; i < data.length; i++) {
    const at = Math.floor(i / perByte);
    bytes[at] = (bytes[at] ?? 0) | (((data[i] ?? 0) & (2 ** bits - 1)) << (bits * (i % perByte)));
  }
  return bytes;
}
