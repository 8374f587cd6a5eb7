import type { Random } from '../../support/toolkit.js';

export const pick = <T>(random: Random, from: readonly [T, ...T[]] | readonly T[]): T =>
  from[random.integer(from.length)] as T;

/** Bytes with one change of any kind: bits, extremes, blocks removed, repeated, moved, or cut off. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(random.integer(256));
  const at = random.integer(bytes.length);
  const length = 1 + random.integer(Math.min(64, bytes.length - at));
  const joined = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
  const copy = bytes.slice();
  switch (random.integer(7)) {
    case 0:
      copy[at] = (copy[at] ?? 0) ^ (1 << random.integer(8));
      return copy;
    case 1:
      copy[at] = pick(random, [0, 1, 0x7f, 0x80, 0xff]);
      return copy;
    case 2:
      return bytes.slice(0, at);
    case 3:
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    case 4:
      return joined(bytes.subarray(0, at + length), bytes.subarray(at));
    case 5:
      copy.fill(pick(random, [0, 0xff]), at, at + length);
      return copy;
    default:
      copy.set(bytes.subarray(at, at + length), random.integer(bytes.length - length + 1));
      return copy;
  }
}
