import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentKey, type Keyable, sha256 } from '../../../src/node/store/keys.js';

describe('contentKey', () => {
  it('is the SHA-256 of canonical JSON', () => {
    expect(contentKey({ b: [1, 'x', null], a: true })).toBe(sha256('{"a":true,"b":[1,"x",null]}'));
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('does not depend on the order of properties or on undefined ones', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(contentKey(turned as Keyable)).toBe(contentKey(value as Keyable));
      }),
    );
    expect(contentKey({ a: 1, b: undefined })).toBe(contentKey({ a: 1 }));
  });

  it('tells different content apart', () => {
    const values: Keyable[] = [
      null,
      0,
      '0',
      0n,
      false,
      [],
      {},
      [0],
      [[0]],
      { a: 0 },
      { b: 0 },
      'a',
      Uint8Array.of(0),
      Int8Array.of(0),
      Uint8Array.of(0, 0),
      Float32Array.of(1),
      Float32Array.of(2),
      sha256(Uint8Array.of(0)),
      `Uint8Array(${sha256(Uint8Array.of(0))})`,
    ];
    expect(new Set(values.map(contentKey)).size).toBe(values.length);
  });

  it('takes typed arrays by their own part of a buffer', () => {
    const buffer = Float32Array.of(1, 2, 3, 4);
    expect(contentKey({ w: buffer.subarray(1, 3) })).toBe(contentKey({ w: Float32Array.of(2, 3) }));
    expect(contentKey(Buffer.from('abc'))).toBe(contentKey(new TextEncoder().encode('abc')));
  });

  it.each([
    ['NaN', { a: [Number.NaN] }, 'value.a[0]: NaN'],
    ['a function', { f: () => 1 }, 'value.f: function'],
    ['a date', new Date(0), 'value: object'],
    ['a map', { m: new Map([[1, 2]]) }, 'value.m: object'],
    ['a hole', [undefined], 'value[0]: undefined'],
  ])('refuses %s', (_, value, message) => {
    expect(() => contentKey(value as unknown as Keyable)).toThrowError(`no content key for ${message}`);
  });
});
