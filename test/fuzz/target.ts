import type { Random } from '../support/toolkit.js';

/** A kind of input that is tried. Cases are bytes, so that every finding can be kept as a file. */
export interface Target {
  /** What is tried, for the help text. */
  readonly help: string;
  /** A case; all its choices come from `random`. */
  make(random: Random): Uint8Array;
  /**
   * Tries a case. Resolves whether or not the input is refused in the way that users are told of.
   * @throws whatever is no user error
   */
  run(bytes: Uint8Array): Promise<void>;
  /** Parts of a case that may be left out, for finding the smallest one that still fails. */
  smaller(bytes: Uint8Array): Iterable<Uint8Array>;
}

/** Cases that are smaller by a block of bytes. */
export function* shorterBytes(bytes: Uint8Array): Generator<Uint8Array> {
  for (let size = Math.ceil(bytes.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < bytes.length; at += size) {
      yield Uint8Array.from(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]));
    }
  }
}
