import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { ToolkitError } from './errors.js';

/** A reproducible source of random numbers. Every call advances it. */
export interface Random {
  /** A number in [0, 1), a multiple of 2^-53. */
  uniform(): number;
  /** A draw from the normal distribution with mean 0 and variance 1. */
  normal(): number;
  /** An integer in [0, n), unbiased; n is a whole number from 1 to 2^53 - 1. */
  integer(n: number): number;
  /** An integer in [0, 2^32). */
  uint32(): number;
  /** A permutation of 0 .. n-1; each of the n! orders is equally likely. */
  shuffle(n: number): Uint32Array;
  /** k distinct members of 0 .. n-1 in random order; every ordered choice is equally likely. */
  sample(n: number, k: number): Uint32Array;
}

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** MurmurHash3 (x86, 32 bits; Appleby 2011) over the UTF-16 units of a text, one unit per block. */
function murmur3(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i += 1) {
    hash ^= Math.imul(rotate(Math.imul(text.charCodeAt(i), 0xcc9e2d51), 15), 0x1b873593);
    hash = (Math.imul(rotate(hash, 13), 5) + 0xe6546b64) | 0;
  }
  hash ^= text.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function checkWhole(what: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new ToolkitError('bad-value', {
      what,
      expected: `a whole number from ${least} to ${most}`,
      received: String(value),
    });
  }
}

/** Typed arrays index with 32 bits here, which is far beyond any data set that fits in memory. */
const largestRange = 2 ** 32 - 1;

/**
 * The random stream of one purpose, for example `stream(seed, 'shuffle', epoch)`.
 *
 * The same seed and names always give the same numbers, whatever other streams exist and in whichever order
 * they were made, so adding a random choice to one part of a run leaves every other part as it was. Numbers
 * and strings are told apart (`1` and `'1'` are different names).
 *
 * `normal` takes logarithms, which engines may round differently in the last bit;
 * everything else is exact anywhere.
 *
 * @param seed a whole number from 0 to 2^53 - 1; anything else is a 'bad-value' error
 */
export function stream(seed: number, ...name: (string | number)[]): Random {
  checkWhole('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  // JSON keeps ['ab', 'c'] and ['a', 'bc'] apart; the four lanes together give a state of 128 bits.
  const text = JSON.stringify([seed, ...name]);
  const state = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x13198a2e].map((lane) => murmur3(text, lane));
  // The one state that the generator could never leave.
  if (!state.some((word) => word !== 0)) state[0] = 1;
  const generator = xoroshiro128plusFromState(state);

  let spare: number | undefined;

  /** Marsaglia's polar method (1964): two normals from a point in the unit disc; the second one is kept. */
  function normal(): number {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * uniformFloat64(generator) - 1;
      const v = 2 * uniformFloat64(generator) - 1;
      const square = u * u + v * v;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      spare = v * scale;
      return u * scale;
    }
  }

  function sample(n: number, k: number): Uint32Array {
    checkWhole('number of items to choose from', n, 0, largestRange);
    checkWhole('number of items to choose', k, 0, n);
    const items = new Uint32Array(n);
    for (let i = 0; i < n; i += 1) items[i] = i;
    // Fisher-Yates from the front, so that it can stop after k of n.
    for (let i = 0; i < k; i += 1) {
      const j = uniformInt(generator, i, n - 1);
      const chosen = items[j]!;
      items[j] = items[i]!;
      items[i] = chosen;
    }
    return k === n ? items : items.slice(0, k);
  }

  return {
    uniform: () => uniformFloat64(generator),
    normal,
    integer(n) {
      checkWhole('size of a random range', n, 1, Number.MAX_SAFE_INTEGER);
      return uniformInt(generator, 0, n - 1);
    },
    uint32: () => generator.next() >>> 0,
    shuffle: (n) => sample(n, n),
    sample,
  };
}
