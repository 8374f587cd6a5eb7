/** How much of a plan is done, and how long the rest will take. */
export class Overall {
  /** Cost of what is done of each step. */
  readonly #done = new Map<string, number>();
  #found = 0;
  readonly #started: number;

  /**
   * @param total cost of the whole plan
   * @param now seconds
   */
  constructor(
    private readonly total: number,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.#started = now();
  }

  /** A step that was not computed now: it counts as done, but says nothing about the speed. */
  found(step: string, cost: number): void {
    this.#found += cost - (this.#done.get(step) ?? 0);
    this.#done.set(step, cost);
  }

  /** @param worked cost of what is done of a step by now */
  record(step: string, worked: number): void {
    this.#done.set(step, Math.max(worked, this.#done.get(step) ?? 0));
  }

  /** Undefined before anything was done: there is no speed to tell the time by. */
  get state(): { readonly share: number; readonly secondsLeft: number } | undefined {
    const done = [...this.#done.values()].reduce((sum, cost) => sum + cost, 0);
    const speed = (done - this.#found) / (this.now() - this.#started);
    if (!(speed > 0)) return undefined;
    return { share: Math.min(1, done / this.total), secondsLeft: Math.max(0, this.total - done) / speed };
  }
}
