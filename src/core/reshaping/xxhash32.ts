import type { GraphBuilder } from '../onnx/builder.js';

const [PRIME2, PRIME3, PRIME4, PRIME5] = [0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;

/**
 * xxHash32 (Collet) of one 32-bit little-endian integer: the four-byte case of the algorithm, which is all
 * that hashing a weight's index takes. The same arithmetic as `xxHash32Graph`.
 */
export function xxHash32(value: number, seed: number): number {
  let h = (seed + PRIME5 + 4) | 0;
  h = (h + Math.imul(value, PRIME3)) | 0;
  h = Math.imul((h << 17) | (h >>> 15), PRIME4);
  h = Math.imul(h ^ (h >>> 15), PRIME2);
  h = Math.imul(h ^ (h >>> 13), PRIME3);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The same hash as standard ONNX operators on uint32, so that a file can carry a hash as its seed alone.
 * @param values uint32, any shape
 * @param seed scalar uint32
 * @returns uint32 of the same shape
 */
export function xxHash32Graph(g: GraphBuilder, values: string, seed: string): string {
  const u32 = (value: number) => g.scalar(value >>> 0, 'uint32');
  const right = (x: string, bits: number) => g.op('BitShift', [x, u32(bits)], { direction: 'RIGHT' });
  const left = (x: string, bits: number) => g.op('BitShift', [x, u32(bits)], { direction: 'LEFT' });
  const xor = (a: string, b: string) => g.op('BitwiseXor', [a, b]);
  const start = g.add(seed, u32(PRIME5 + 4));
  const mixed = g.add(g.mul(values, u32(PRIME3)), start);
  const turned = g.op('BitwiseOr', [left(mixed, 17), right(mixed, 15)]);
  const a = g.mul(turned, u32(PRIME4));
  const b = g.mul(xor(a, right(a, 15)), u32(PRIME2));
  const c = g.mul(xor(b, right(b, 13)), u32(PRIME3));
  return xor(c, right(c, 16));
}
