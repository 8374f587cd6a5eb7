/**
 * Inputs of the first chunk at most: it measures the speed, of which the worst case says little, since most
 * attacks end early.
 */
const MAX_FIRST = 16;
/**
 * Part of the allowed time that the first chunk may take in the worst case, so that there is an answer
 * whatever happens.
 */
const FIRST_SHARE = 0.5;
/** Seconds of work that are lost at most when an audit is killed, or stopped by the end of its time. */
export const MAX_LOST = 20;
/** Part of the time that is left which the next chunk is planned for: inputs differ. */
const FILLED = 0.9;

/**
 * Time for this part of an input is worth another: the first chunk, which also made the sessions of the
 * engine, was slower than later ones, and time that is not used is of no use.
 */
const MIN_CHANCE = 0.25;

/** Time that an audit may take, and how fast it turned out to be. */
export class Schedule {
  private readonly started: number;
  private readonly most: number;
  private readonly now: () => number;
  /** Seconds for one input in the last chunk: the first one also pays for making the engine's sessions. */
  private measured: number | undefined;
  /** Seconds of chunks that an earlier run made: the time allowed is that of the audit, not of one run. */
  private earlier = 0;

  /**
   * @param allowed seconds, or undefined for as long as it takes
   * @param options.most inputs of a chunk
   * @param options.now milliseconds; replaceable, so that tests need not wait
   */
  constructor(
    readonly allowed: number | undefined,
    options: { readonly most?: number; readonly now?: () => number } = {},
  ) {
    this.most = options.most ?? 128;
    this.now = options.now ?? (() => performance.now());
    this.started = this.now();
  }

  get used(): number {
    return (this.now() - this.started) / 1000 + this.earlier;
  }

  /**
   * Inputs of all models together went through all trials in so many seconds.
   *
   * @param spent those of the seconds that passed in this run; none, or nearly so, for a chunk that an
   *   earlier one kept
   */
  record(inputs: number, seconds: number, spent = seconds): void {
    this.measured = seconds / inputs;
    this.earlier += Math.max(0, seconds - spent);
  }

  /** Seconds of work before the chunks that an earlier run did. */
  charge(seconds: number): void {
    this.earlier += Math.max(0, seconds);
  }

  /** Seconds for one input, measured or in the worst case. */
  private secondsEach(worst: number): number {
    return this.measured ?? worst;
  }

  /**
   * Size of the next chunk, 0 when there is no time for one: as many inputs as take `MAX_LOST` seconds, and
   * fit the time that is left.
   *
   * @param left inputs that are left
   * @param worst seconds that one input takes at most; of use while nothing is measured
   */
  next(left: number, worst: number): number {
    const most = Math.min(left, this.most);
    const each = Math.max(this.secondsEach(worst), 1e-9);
    const kept = Math.max(1, powerOfTwo(MAX_LOST / each));
    if (this.measured === undefined) {
      const time =
        this.allowed === undefined ? Number.POSITIVE_INFINITY : FIRST_SHARE * this.allowed - this.used;
      // Whatever the time allowed, without any input there would be no answer at all.
      return Math.min(most, MAX_FIRST, kept, Math.max(1, powerOfTwo(time / each)));
    }
    const size = Math.min(most, kept);
    if (this.allowed === undefined) return size;
    const fits = (FILLED * (this.allowed - this.used)) / each;
    if (fits >= size) return size;
    return powerOfTwo(fits) || (fits >= MIN_CHANCE ? 1 : 0);
  }

  /** Share of the whole audit that is done, and seconds that it probably still takes. */
  outlook(
    done: number,
    total: number,
    worst: number,
  ): { readonly share: number; readonly secondsLeft: number } {
    const rest = (total - done) * this.secondsEach(worst);
    const left = this.allowed === undefined ? rest : Math.max(0, Math.min(rest, this.allowed - this.used));
    return { share: left + this.used > 0 ? this.used / (this.used + left) : 1, secondsLeft: left };
  }
}

/**
 * A power of two at most: another run, a little faster or slower, then makes the same chunks, and
 * finds those that are kept.
 */
const powerOfTwo = (size: number): number => (size < 1 ? 0 : 2 ** Math.min(30, Math.floor(Math.log2(size))));
