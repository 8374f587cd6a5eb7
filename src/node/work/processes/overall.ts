/** How much of a study is done while several processes work on it, and how long the rest will take. */
export class Overall {
  readonly #done: Map<string, number>;
  readonly #found: number;
  readonly #started: number;

  /**
   * @param total cost of the whole plan
   * @param found cost of what was finished before, by model
   * @param now seconds
   */
  constructor(
    private readonly total: number,
    found: ReadonlyMap<string, number>,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.#done = new Map(found);
    this.#found = this.#sum();
    this.#started = now();
  }

  /** @param worked cost of what is done of a model by now, what was found finished included */
  record(model: string, worked: number): void {
    this.#done.set(model, Math.max(worked, this.#done.get(model) ?? 0));
  }

  /** Undefined before anything was done: there is no pace to tell the time by. */
  get state(): { readonly share: number; readonly secondsLeft: number } | undefined {
    const done = this.#sum();
    const pace = (done - this.#found) / (this.now() - this.#started);
    if (!(pace > 0)) return undefined;
    return { share: Math.min(1, done / this.total), secondsLeft: Math.max(0, this.total - done) / pace };
  }

  #sum(): number {
    return [...this.#done.values()].reduce((sum, cost) => sum + cost, 0);
  }
}
