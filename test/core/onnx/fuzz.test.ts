import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToolkitError } from '../../../src/core/base/errors.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import { GraphBuilder } from '../../support/toolkit.js';
import { richFile, sampleModel } from './sample.js';

/** Reads, orders, infers and writes; whatever the bytes are, only a ToolkitError may come out. */
function survives(bytes: Uint8Array): void {
  try {
    const model = decodeModel(bytes);
    encodeModel(model);
    encodeModel(new GraphBuilder(model).build());
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
  }
}

const files = [encodeModel(sampleModel()), richFile()];

describe('hostile files', () => {
  it('of every length', () => {
    for (const bytes of files) for (let end = 0; end < bytes.length; end++) survives(bytes.subarray(0, end));
  });

  it('with any single byte at its extremes', () => {
    for (const bytes of files) {
      for (let at = 0; at < bytes.length; at++) {
        for (const value of [0x00, 0x7f, 0x80, 0xff]) {
          const damaged = bytes.slice();
          damaged[at] = value;
          survives(damaged);
        }
      }
    }
  });

  it('of random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives), { numRuns: 2000, seed: 1 });
  });

  it('with random bits turned', () => {
    const flips = fc.array(fc.nat(), { minLength: 1, maxLength: 8 });
    const property = fc.property(fc.constantFrom(...files), flips, (bytes, places) => {
      const damaged = bytes.slice();
      for (const place of places) damaged[(place >> 3) % bytes.length]! ^= 1 << (place & 7);
      survives(damaged);
    });
    fc.assert(property, { numRuns: 3000, seed: 2 });
  });

  it('nested as deeply as a file can be', () => {
    // A type within a type within a type, each one byte of tag and a length.
    let nested = new Uint8Array(0);
    for (let depth = 0; depth < 5000; depth++) {
      const length = [...varint(nested.length)];
      nested = Uint8Array.of(0x32, ...length, ...nested);
    }
    expect(() => survives(nested)).not.toThrow();
  });
});

function* varint(value: number): Generator<number> {
  let rest = value;
  for (; rest > 127; rest >>>= 7) yield (rest & 127) | 128;
  yield rest;
}
