import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  type DType,
  expectType,
  float32,
  rows,
  sizeOf,
  tensor,
  viewBytes,
  zeros,
} from '../../../src/core/tensor/tensor.js';

/** The bytes of some floats, `offset` bytes into a larger buffer. */
function shifted(values: readonly number[], offset: number, make: (size: number) => Uint8Array) {
  const plain = new Uint8Array(Float32Array.from(values).buffer);
  const whole = make(plain.length + offset + 3);
  whole.set(plain, offset);
  return whole.subarray(offset, offset + plain.length);
}

describe('viewBytes', () => {
  it.each([
    ['Uint8Array', (size: number) => new Uint8Array(size)],
    // Buffer.prototype.slice shares memory, so a misaligned Buffer must be copied in another way.
    ['Buffer', (size: number) => Buffer.alloc(size)],
    ['pooled Buffer', (size: number) => Buffer.from('x'.repeat(size))],
  ])('reads numbers at any offset of a %s', (_, make) => {
    for (let offset = 0; offset < 8; offset++) {
      expect(viewBytes('float32', shifted([1.5, -2, 1e-40], offset, make))).toEqual(
        Float32Array.of(1.5, -2, 1e-40),
      );
    }
  });

  it('shares memory where it can, and only there', () => {
    const bytes = new Uint8Array(16);
    viewBytes('float32', bytes)[0] = 1;
    expect(bytes.some((b) => b !== 0)).toBe(true);
    const odd = new Uint8Array(17).subarray(1);
    viewBytes('float64', odd)[0] = 1;
    expect(odd.every((b) => b === 0)).toBe(true);
  });

  it('leaves types without an array of their own as bytes', () => {
    const bytes = Uint8Array.of(1, 2);
    expect(viewBytes('complex64', bytes)).toBe(bytes);
  });
});

describe('tensor', () => {
  it.each<[DType, number[], number]>([
    ['float32', [2, 3], 24],
    ['int64', [], 8],
    ['int4', [3], 2],
    ['uint2', [5], 2],
    ['bool', [0, 7], 0],
  ])('%s %j takes %i bytes', (dtype, dims, bytes) => {
    expect(bytesOf(dtype, dims)).toBe(bytes);
  });

  it('refuses data of another size or type', () => {
    expect(() => float32([2, 2], [1, 2, 3])).toThrowError('float32 [2,2] needs 4 elements, got 3');
    expect(() => tensor('int4', [3], new Int8Array(2))).toThrowError(/needs 3/);
    expect(() => tensor('complex64', [3], new Uint8Array(3))).toThrowError(/needs 24/);
    expect(() => expectType(zeros('int32', [1]), 'float32', 'the loss')).toThrowError(/the loss .*int32/);
  });

  it('rows share memory', () => {
    const value = float32([3, 2], [1, 2, 3, 4, 5, 6]);
    const part = rows(value, 1, 3);
    expect([part.dims, [...part.data]]).toEqual([
      [2, 2],
      [3, 4, 5, 6],
    ]);
    part.data[0] = 9;
    expect(value.data[2]).toBe(9);
    expect(sizeOf(rows(value, 2, 2).dims)).toBe(0);
  });
});
