import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isToolkitError } from '../../../src/core/base/errors.js';
import { readNpy, writeNpy } from '../../../src/core/tensor/npy.js';
import { type DType, sizeOf, type Tensor, tensor, viewBytes } from '../../../src/core/tensor/tensor.js';

/** A version 1 file with this dictionary and data. */
function npy(dictionary: string, data: Uint8Array | number = 0, version = 1): Uint8Array {
  const header = new TextEncoder().encode(`${dictionary}\n`);
  const length =
    version === 1
      ? [header.length & 255, header.length >> 8]
      : [header.length & 255, header.length >> 8, 0, 0];
  const body = typeof data === 'number' ? new Uint8Array(data) : data;
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode('NUMPY'),
    version,
    0,
    ...length,
    ...header,
    ...body,
  ]);
}

const dictionary = (descr: string, shape: string, fortran = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

function reasonFor(bytes: Uint8Array): string {
  try {
    readNpy(bytes, 'file.npy');
  } catch (error) {
    if (isToolkitError(error, 'corrupt-data')) return error.data.reason;
    throw error;
  }
  return 'no error';
}

const widths: Partial<Record<DType, number>> = {
  float16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
};

const anyTensor = fc
  .tuple(fc.constantFrom(...(Object.keys(widths) as DType[])), fc.array(fc.nat(4), { maxLength: 4 }))
  .chain(([dtype, dims]) => {
    const length = sizeOf(dims) * widths[dtype]!;
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((bytes): Tensor => tensor(dtype, dims, viewBytes(dtype, bytes)));
  });

const rawBytes = (value: Tensor): Uint8Array => {
  const data = value.data as Uint8Array;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
};

describe('npy', () => {
  it('reads back what it wrote, bit for bit', () => {
    fc.assert(
      fc.property(anyTensor, fc.nat(8), (value, shift) => {
        const written = writeNpy(value);
        expect(written.length - rawBytes(value).length).toSatisfy((start: number) => start % 64 === 0);
        // At every alignment in a larger buffer.
        const moved = new Uint8Array(written.length + shift);
        moved.set(written, shift);
        const read = readNpy(moved.subarray(shift), 'round trip');
        expect(read.dtype).toBe(value.dtype);
        expect(read.dims).toEqual(value.dims);
        expect(Buffer.compare(rawBytes(read), rawBytes(value))).toBe(0);
      }),
    );
  });

  it('reads a file of NumPy 2.4 in Fortran order', () => {
    // np.save(f, np.asfortranarray(np.arange(24, dtype=np.float64).reshape(2, 3, 4)))
    const read = readNpy(Buffer.from(fortran, 'base64'), 'f3.npy');
    expect(read).toEqual(
      tensor(
        'float64',
        [2, 3, 4],
        Float64Array.from({ length: 24 }, (_, i) => i),
      ),
    );
  });

  it('reads versions 2 and 3, entries in any order and long integers of Python 2', () => {
    const text = `{"shape": (2L,), "fortran_order": False, "descr": "|u1"}`;
    for (const version of [2, 3])
      expect(readNpy(npy(text, Uint8Array.of(4, 5), version), 'f').data).toEqual(Uint8Array.of(4, 5));
  });

  it('reads a misaligned Node buffer', () => {
    const file = npy(dictionary('<f4', '(1,)'), new Uint8Array(Float32Array.of(2.5).buffer));
    const buffer = Buffer.alloc(file.length + 1);
    buffer.set(file, 1);
    for (const start of [0, 1]) {
      buffer.set(file, start);
      expect(readNpy(buffer.subarray(start, start + file.length), 'f').data).toEqual(Float32Array.of(2.5));
    }
  });

  it.each([
    ['text', new TextEncoder().encode('hello'), /does not begin like/],
    ['nothing', new Uint8Array(0), /does not begin like/],
    ['the magic number alone', npy('').subarray(0, 6), /version 0/],
    ['a version of the future', npy(dictionary('<f4', '()'), 4, 9), /version 9/],
    ['a header cut short', npy(dictionary('<f4', '()'), 4).subarray(0, 30), /ends within its header/],
    ['big-endian numbers', npy(dictionary('>f4', '(1,)'), 4), /big-endian/],
    ['Python objects', npy(dictionary('|O', '(1,)'), 4), /pickled/],
    ['strings', npy(dictionary('<U2', '(1,)'), 8), /'<U2' is not read/],
    ['records', npy(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }`, 4), /records/],
    ['no order', npy(`{'descr': '<f4', 'shape': (1,), }`, 4), /Fortran/],
    ['a negative size', npy(dictionary('<f4', '(-1,)'), 4), /no shape/],
    ['no dictionary', npy('import os', 4), /not a dictionary/],
    ['too little data', npy(dictionary('<f4', '(2, 3)'), 20), /needs 24 bytes of data, but 20 are/],
    ['too much data', npy(dictionary('<f4', '(2, 3)'), 28), /needs 24 bytes of data, but 28 are/],
    ['a huge claim', npy(dictionary('<f4', '(1000000, 1000000)'), 4), /needs 4000000000000 bytes/],
    [
      'a claim beyond numbers',
      npy(dictionary('<f4', '(99999999999999999999, 2)'), 4),
      /larger than any memory/,
    ],
    [
      'a product beyond numbers',
      npy(dictionary('<f4', '(9007199254740991, 9007199254740991)'), 4),
      /larger than any/,
    ],
    ['65 dimensions', npy(dictionary('|u1', `(${'1, '.repeat(65)})`), 1), /65 dimensions/],
    ['a bool of 2', npy(dictionary('|b1', '(1,)'), Uint8Array.of(2)), /neither 0 nor 1/],
  ])('refuses %s', (_, bytes, reason) => {
    expect(reasonFor(bytes)).toMatch(reason);
  });

  it('takes no more than a moment for a hostile shape', () => {
    const start = performance.now();
    reasonFor(npy(dictionary('<f4', `(${'1'.repeat(9000)}x)`), 4));
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('fails only with its own error on any damage', () => {
    const good = writeNpy(tensor('int16', [2, 2], Int16Array.of(1, 2, 3, 4)));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, length) => {
        const bytes = good.slice(0, length);
        if (at < length) bytes[at] = value;
        reasonFor(bytes);
      }),
    );
  });

  it('refuses to write types that NumPy has not', () => {
    const value = tensor('bfloat16', [1], Uint16Array.of(0));
    expect(() => writeNpy(value)).toThrowError(
      /element type of an .npy file: expected one of .*received bfloat16/,
    );
  });
});

const fortran =
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAChAAAAAAAAAEEAAAAAAAAAwQAAAAAAAACBAAAAAAAAANEAAAAAAAADwPwAAAAAAACpAAAAAAAAAFEAAAAAAAAAxQAAAAAAAACJAAAAAAAAANUAAAAAAAAAAQAAAAAAAACxAAAAAAAAAGEAAAAAAAAAyQAAAAAAAACRAAAAAAAAANkAAAAAAAAAIQAAAAAAAAC5AAAAAAAAAHEAAAAAAAAAzQAAAAAAAACZAAAAAAAAAN0A=';
