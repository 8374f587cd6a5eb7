/** Inputs that are worth a chunk. */
const MIN_INPUTS = 4;
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
    private readonly allowed: number | undefined,
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
    this.earlier += seconds - spent;
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
   * Size of the next chunk, 0 when there is no time for one.
   *
   * @param left inputs that are left
   * @param worst seconds that one input takes at most; of use while nothing is measured
   */
  next(left: number, worst: number): number {
    const most = Math.min(left, this.most);
    if (this.allowed === undefined) return most;
    if (this.measured === undefined) {
      const fits = Math.floor((FIRST_SHARE * this.allowed - this.used) / Math.max(worst, 1e-9));
      // Whatever the time allowed, without any input there would be no answer at all.
      return Math.min(most, MAX_FIRST, Math.max(MIN_INPUTS, powerOfTwo(fits)));
    }
    const fits = Math.floor((this.allowed - this.used) / Math.max(this.measured, 1e-9));
    if (fits >= most) return most;
    return fits >= MIN_INPUTS ? powerOfTwo(fits) : 0;
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
const powerOfTwo = (size: number): number => (size < 1 ? 0 : 2 ** Math.floor(Math.log2(size)));
