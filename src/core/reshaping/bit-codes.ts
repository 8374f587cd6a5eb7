import type { GraphBuilder } from '../onnx/builder.js';
import { tensor } from '../tensor/tensor.js';

const BYTE = 8;

/** Bits that tell so many values apart: 1 for one or two of them, at most 8. */
export const bitsFor = (values: number): number => Math.max(1, Math.ceil(Math.log2(values)));

/** Codes of 1 to 8 bits one after the other, without gaps; the lowest bit of a byte comes first. */
export function packCodes(codes: ArrayLike<number>, bits: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((codes.length * bits) / BYTE));
  for (let i = 0; i < codes.length; i++) {
    const at = i * bits;
    const placed = (codes[i] ?? 0) << (at % BYTE);
    const byte = Math.floor(at / BYTE);
    bytes[byte] = (bytes[byte] ?? 0) | placed;
    // A code may begin in one byte and end in the next.
    if (placed >= 256) bytes[byte + 1] = placed >> BYTE;
  }
  return bytes;
}

/**
 * Stores codes as `packCodes` does and writes how they are read, by standard operators that every engine
 * folds into a constant when it loads the model.
 *
 * @param name what the stored bytes are called
 * @returns int32 [codes]
 */
export function storedCodes(g: GraphBuilder, name: string, codes: ArrayLike<number>, bits: number): string {
  const packed = packCodes(codes, bits);
  const crosses = BYTE % bits !== 0;
  // The last code reads the byte behind its own.
  const bytes = crosses ? Uint8Array.from([...packed, 0]) : packed;
  const stored = g.initializer(g.fresh(name), tensor('uint8', [bytes.length], bytes));
  return unpackCodes(g, stored, codes.length, bits);
}

/** @param stored name of the bytes, one more than `packCodes` gives where 8 is no multiple of the bits */
export function unpackCodes(g: GraphBuilder, stored: string, count: number, bits: number): string {
  const whole = (value: number) => g.scalar(value, 'int32');
  const range = g.op('Range', [whole(0), whole(count), whole(1)]);
  const first = g.op('Mul', [range, whole(bits)]);
  const byte = g.op('Div', [first, whole(BYTE)]);
  const low = g.cast(g.gather(stored, byte), 'int32');
  const word =
    BYTE % bits === 0
      ? low
      : g.op('Add', [
          low,
          g.op('Mul', [g.cast(g.gather(stored, g.op('Add', [byte, whole(1)])), 'int32'), whole(256)]),
        ]);
  const powers = g.constant(
    tensor(
      'int32',
      [BYTE],
      Int32Array.from({ length: BYTE }, (_, offset) => 2 ** offset),
    ),
  );
  const shift = g.gather(powers, g.op('Mod', [first, whole(BYTE)]));
  return g.op('Mod', [g.op('Div', [word, shift]), whole(2 ** bits)]);
}
