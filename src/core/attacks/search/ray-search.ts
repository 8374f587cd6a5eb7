/** A direction to a corner of the cube, and how far to go in Linf. */
export interface RayPoint {
  /** [width], each 1 or -1. */
  readonly signs: Int8Array;
  /** Infinity while no ray is known that reaches another decision. */
  readonly radius: number;
}

/** One input's search for the ray of the smallest radius, a question and an answer at a time. */
export interface Ray {
  /** The best ray so far. */
  readonly best: RayPoint;
  /** What is asked about next. */
  readonly tried: RayPoint;
  /** @param fooled whether the decision at `tried` is another one */
  hear(fooled: boolean): void;
}

/**
 * Hierarchical search with fast check (Chen and Gu 2020, Algorithms 2 and 3). Stage s flips the signs of each
 * of 2^s blocks of neighbouring elements in turn; behind the last stage, in which blocks are single elements,
 * it begins anew.
 *
 * @param width elements of the input
 * @param range the largest radius there is, to start from
 * @param tolerance precision of the binary search
 */
export function raySearch(width: number, range: number, tolerance: number): Ray {
  let best: RayPoint = { signs: new Int8Array(width).fill(1), radius: Number.POSITIVE_INFINITY };
  let [stage, block] = [0, 0];
  /** Of the ray that is tried: between what does not fool and what does; undefined before it is known to. */
  let bracket: { low: number; high: number } | undefined;

  const flipped = (): Int8Array => {
    const size = Math.ceil(width / 2 ** stage);
    const [start, end] = [block * size, Math.min(width, (block + 1) * size)];
    return best.signs.map((sign, i) => (i >= start && i < end ? -sign : sign));
  };
  const asked = (signs: Int8Array): RayPoint => ({
    signs,
    radius: bracket ? (bracket.low + bracket.high) / 2 : Math.min(best.radius, range),
  });
  let tried = asked(flipped());

  function next(): void {
    bracket = undefined;
    const size = Math.ceil(width / 2 ** stage);
    block += 1;
    if (block * size >= width) [stage, block] = size === 1 ? [0, 0] : [stage + 1, 0];
    tried = asked(flipped());
  }

  return {
    get best() {
      return best;
    },
    get tried() {
      return tried;
    },
    hear(fooled) {
      const { signs, radius } = tried;
      if (!bracket) {
        // A ray that does not reach another decision within the best radius is no better.
        if (!fooled) return next();
        bracket = { low: 0, high: radius };
      } else if (fooled) bracket.high = radius;
      else bracket.low = radius;
      // Known to fool, so that whenever the search ends it is what was found.
      if (bracket.high < best.radius || !Number.isFinite(best.radius)) best = { signs, radius: bracket.high };
      if (bracket.high - bracket.low > tolerance) tried = asked(signs);
      else next();
    },
  };
}
