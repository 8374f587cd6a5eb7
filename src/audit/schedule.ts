/** Inputs that go through all trials together: as many as the engine takes at once by default. */
const MOST = 128;
const LEAST = 4;
/** The first chunk finds out how fast it goes: what one input takes at most says little, since most attacks end early. */
const FIRST = 16;
/** Part of the allowed time that the first chunk may take in the worst case, so that there is an answer whatever happens. */
const FIRST_SHARE = 0.5;

/** Time that an audit may take, and how fast it turned out to be. */
export class Schedule {
  private readonly started: number;
  /** Seconds for one input in the last chunk: the first one also pays for making the engine's sessions. */
  private measured: number | undefined;

  /**
   * @param allowed seconds, or undefined for as long as it takes
   * @param now milliseconds; replaceable, so that tests need not wait
   */
  constructor(
    private readonly allowed: number | undefined,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.started = now();
  }

  get used(): number {
    return (this.now() - this.started) / 1000;
  }

  /** Inputs of all models together went through all trials in so many seconds. */
  record(inputs: number, seconds: number): void {
    this.measured = seconds / inputs;
  }

  /** Seconds for one input, measured or feared. */
  private pace(worst: number): number {
    return this.measured ?? worst;
  }

  /**
   * Size of the next chunk, 0 when there is no time for one.
   *
   * @param left inputs that are left
   * @param worst seconds that one input takes at most; of use while nothing is measured
   */
  next(left: number, worst: number): number {
    const most = Math.min(left, MOST);
    if (this.allowed === undefined) return most;
    if (this.measured === undefined) {
      const fits = Math.floor((FIRST_SHARE * this.allowed - this.used) / Math.max(worst, 1e-9));
      // Whatever the time allowed, without any input there would be no answer at all.
      return Math.min(most, FIRST, Math.max(LEAST, fits));
    }
    const fits = Math.floor((this.allowed - this.used) / Math.max(this.measured, 1e-9));
    return fits >= Math.min(LEAST, left) ? Math.min(most, fits) : 0;
  }

  /** Share of the whole audit that is done, and seconds that it probably still takes. */
  outlook(done: number, total: number, worst: number): { readonly share: number; readonly secondsLeft: number } {
    const rest = (total - done) * this.pace(worst);
    const left = this.allowed === undefined ? rest : Math.max(0, Math.min(rest, this.allowed - this.used));
    return { share: left + this.used > 0 ? this.used / (this.used + left) : 1, secondsLeft: left };
  }
}
