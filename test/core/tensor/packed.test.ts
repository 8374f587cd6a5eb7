import { describe, expect, it } from 'vitest';
import { isPacked, pack, unpack } from '../../../src/core/tensor/packed.js';
import { type DType, dtypes } from '../../../src/core/tensor/tensor.js';

const packed = (Object.keys(dtypes) as DType[]).filter(isPacked);

describe('elements of less than a byte', () => {
  it('are the types of 2 and 4 bits', () => {
    expect(packed).toEqual(['uint4', 'int4', 'float4e2m1', 'uint2', 'int2']);
  });

  it.each<[DType, number[], number[]]>([
    ['int4', [0x8f, 0x07], [-1, -8, 7]],
    ['uint4', [0x8f, 0x07], [15, 8, 7]],
    ['int2', [0b11_10_01_00, 0b10], [0, 1, -2, -1, -2]],
    ['uint2', [0b11_10_01_00, 0b10], [0, 1, 2, 3, 2]],
  ])('%s: the first lies in the lowest bits', (dtype, bytes, values) => {
    const data = unpack(dtype, Uint8Array.from(bytes), values.length);
    expect([...(data as Int8Array)]).toEqual(values);
    expect([...pack(dtype, data as Int8Array)]).toEqual(bytes);
  });

  it.each(packed)('every byte of %s comes back', (dtype) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const data = unpack(dtype, bytes, (256 * 8) / dtypes[dtype].bits);
    expect(pack(dtype, data as Uint8Array)).toEqual(bytes);
  });
});
