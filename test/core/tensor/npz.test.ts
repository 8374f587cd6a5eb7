import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { isToolkitError } from '../../../src/core/base/errors.js';
import { writeNpy } from '../../../src/core/tensor/npy.js';
import { readNpz, writeNpz } from '../../../src/core/tensor/npz.js';
import { float32, int64, type Tensor, tensor } from '../../../src/core/tensor/tensor.js';

const arrays = new Map<string, Tensor>([
  ['x', float32([2, 2], [1, 2, 3, 4.5])],
  ['labels', int64([3], [1, -2, 2 ** 40])],
  ['scalar', tensor('float64', [], Float64Array.of(7))],
  ['empty', tensor('uint16', [0, 3], new Uint16Array(0))],
]);

function reasonFor(bytes: Uint8Array, limit?: number): string {
  try {
    readNpz(bytes, limit === undefined ? { source: 'f' } : { source: 'f', limit });
  } catch (error) {
    if (isToolkitError(error, 'corrupt-data')) return error.data.reason;
    throw error;
  }
  return 'no error';
}

/** Where a little-endian signature stands in a file. */
function find(bytes: Uint8Array, signature: number, from = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = from; at + 4 <= bytes.length; at += 1) if (view.getUint32(at, true) === signature) return at;
  throw new Error('no such signature');
}

/** A copy in which a 32-bit or 16-bit field of the first entry of the central directory is changed. */
function withField(bytes: Uint8Array, offset: number, value: number, width: 16 | 32): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const at = find(copy, 0x02014b50) + offset;
  if (width === 16) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
  return copy;
}

describe('npz', () => {
  it.each([0, 6] as const)('reads back what it wrote at level %i', (level) => {
    expect(readNpz(writeNpz(arrays, { level }), { source: 'f' })).toEqual(arrays);
  });

  it('writes the same bytes at any time', () => {
    expect(writeNpz(arrays)).toEqual(writeNpz(new Map(arrays)));
    expect(writeNpz(new Map()).length).toBe(22);
    expect(readNpz(writeNpz(new Map()), { source: 'f' }).size).toBe(0);
  });

  it('reads what NumPy 2.4 stored, with its Zip64 local headers', () => {
    // np.savez(b, a=np.arange(6, dtype='<f4').reshape(2, 3), f=np.asfortranarray(np.arange(6,
    // dtype='<i2').reshape(2, 3)))
    expect(readNpz(Buffer.from(stored, 'base64'), { source: 'f' })).toEqual(
      new Map<string, Tensor>([
        ['a', float32([2, 3], [0, 1, 2, 3, 4, 5])],
        ['f', tensor('int16', [2, 3], Int16Array.of(0, 1, 2, 3, 4, 5))],
      ]),
    );
  });

  it('reads what NumPy 2.4 compressed', () => {
    // np.savez_compressed(b, images=np.arange(32, dtype=np.uint8).reshape(2, 4, 4), labels=np.array([3, 1]),
    //   flag=np.array([True, False]), scalar=np.float64(2.5))
    expect(readNpz(Buffer.from(deflated, 'base64'), { source: 'f' })).toEqual(
      new Map<string, Tensor>([
        [
          'images',
          tensor(
            'uint8',
            [2, 4, 4],
            Uint8Array.from({ length: 32 }, (_, i) => i),
          ),
        ],
        ['labels', int64([2], [3, 1])],
        ['flag', tensor('bool', [2], Uint8Array.of(1, 0))],
        ['scalar', tensor('float64', [], Float64Array.of(2.5))],
      ]),
    );
  });

  it('leaves other members alone', () => {
    const zip = zipSync({ 'read.me': Uint8Array.of(1), 'a.npy': writeNpy(float32([1], [2])) });
    expect([...readNpz(zip, { source: 'f' }).keys()]).toEqual(['a']);
  });

  it('refuses a bomb before unpacking it', () => {
    const bomb = zipSync({ 'a.npy': new Uint8Array(8 << 20), 'b.npy': new Uint8Array(8 << 20) });
    expect(bomb.length).toBeLessThan(100_000);
    expect(reasonFor(bomb, 10 << 20)).toBe('it would unpack to 16777216 bytes; the limit is 10485760');
    // The default limit meets a claim that no memory could hold.
    expect(reasonFor(withField(bomb, 24, 0xfffffff0, 32))).toMatch(/would unpack to/);
  });

  it('does not believe a bomb that lies about its size', () => {
    const bomb = zipSync({ 'a.npy': new Uint8Array(8 << 20) });
    expect(reasonFor(withField(bomb, 24, 1000, 32))).toMatch(/checksum|cannot be unpacked/);
  });

  const good = writeNpz(arrays, { level: 6 });
  it.each([
    [
      'text',
      new TextEncoder().encode('not a zip archive at all, but long enough'),
      /does not end like a zip/,
    ],
    ['nothing', new Uint8Array(0), /does not end like a zip/],
    ['half a file', good.subarray(0, good.length / 2), /does not end like a zip/],
    ['a missing beginning', good.subarray(100), /damaged|not where/],
    ['a wrong checksum', withField(good, 16, 12345, 32), /x\.npy: its checksum is wrong/],
    ['an unknown method', withField(good, 10, 14, 16), /compression method 14/],
    ['encryption', withField(good, 8, 1, 16), /encrypted/],
    ['a wrong offset', withField(good, 42, 7, 32), /not where/],
    ['an offset outside', withField(good, 42, 0x7fffffff, 32), /not where/],
    ['a packed size beyond the end', withField(good, 20, 0x7fffffff, 32), /cut short/],
    ['a size that is too large', withField(good, 24, 5000, 32), /instead of 5000/],
  ])('refuses %s', (_, bytes, reason) => {
    expect(reasonFor(bytes)).toMatch(reason);
  });

  it('names the array whose header is wrong', () => {
    const zip = zipSync({ 'a.npy': new TextEncoder().encode('nonsense') });
    expect(() => readNpz(zip, { source: 'f.npz' })).toThrowError(/f\.npz: a: damaged data/);
  });

  it('notices every changed byte of a stored array', () => {
    const zip = writeNpz(new Map([['x', float32([4], [1, 2, 3, 4])]]));
    const start = find(zip, 0x04034b50) + 30 + 'x.npy'.length;
    const end = find(zip, 0x02014b50);
    for (let at = start; at < end; at += 1) {
      const damaged = zip.slice();
      damaged[at]! ^= 0x10;
      expect(reasonFor(damaged)).toMatch(/checksum/);
    }
  });

  it('fails only with its own error on any damage', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(good, writeNpz(arrays)),
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (bytes, changes) => {
          const damaged = bytes.slice();
          for (const [at, value] of changes) damaged[at] = value;
          reasonFor(damaged, 1 << 24);
        },
      ),
      { numRuns: 500 },
    );
  });
});

const stored =
  'UEsDBC0AAAAAAAAAIQBP6QAq//////////8FABQAYS5ucHkBABAAmAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAgD8AAABAAABAQAAAgEAAAKBAUEsDBC0AAAAAAAAAIQBoxhgP//////////8FABQAZi5ucHkBABAAjAAAAAAAAACMAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxpMicsICdmb3J0cmFuX29yZGVyJzogVHJ1ZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAADAAEABAACAAUAUEsBAi0DLQAAAAAAAAAhAE/pACqYAAAAmAAAAAUAAAAAAAAAAAAAAIABAAAAAGEubnB5UEsBAi0DLQAAAAAAAAAhAGjGGA+MAAAAjAAAAAUAAAAAAAAAAAAAAIABzwAAAGYubnB5UEsFBgAAAAACAAIAZgAAAJIBAAAAAA==';

const deflated =
  'UEsDBC0AAAAIAAAAIQAjT7v7//////////8KABQAaW1hZ2VzLm5weQEAEACgAAAAAAAAAGgAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgXlNqqK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKJkCkqaNQq0Ae4GJgZGJmYWVj5+Dk4ubh5eMXEBQSFhEVE5eQlJKWkZWTBwBQSwMELQAAAAgAAAAhAIzeM+D//////////woAFABsYWJlbHMubnB5AQAQAJAAAAAAAAAASgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuZgYIYITSAFBLAwQtAAAACAAAACEA7hm7Xf//////////CAAUAGZsYWcubnB5AQAQAIIAAAAAAAAARgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBek2SorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuRgYAUEsDBC0AAAAIAAAAIQA1tDqT//////////8KABQAc2NhbGFyLm5weQEAEACIAAAAAAAAAEcAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkamjoKtQoUAS4GMGBxAABQSwECLQMtAAAACAAAACEAI0+7+2gAAACgAAAACgAAAAAAAAAAAAAAgAEAAAAAaW1hZ2VzLm5weVBLAQItAy0AAAAIAAAAIQCM3jPgSgAAAJAAAAAKAAAAAAAAAAAAAACAAaQAAABsYWJlbHMubnB5UEsBAi0DLQAAAAgAAAAhAO4Zu11GAAAAggAAAAgAAAAAAAAAAAAAAIABKgEAAGZsYWcubnB5UEsBAi0DLQAAAAgAAAAhADW0OpNHAAAAiAAAAAoAAAAAAAAAAAAAAIABqgEAAHNjYWxhci5ucHlQSwUGAAAAAAQABADeAAAALQIAAAAA';
