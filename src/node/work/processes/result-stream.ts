/** What several producers give, for one consumer to iterate over; ends with the first failure. */
export class ResultStream<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  readonly #listeners = new Set<() => void>();
  #wake: () => void = () => {};
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  push(value: T): void {
    this.#values.push(value);
    this.#wake();
  }

  /** Later failures are those of producers that the first one has stopped. */
  fail(error: unknown): void {
    if (this.#failure || this.#ended) return;
    this.#failure = { error };
    for (const listener of this.#listeners) listener();
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** @returns what ends the listening */
  onFailure(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#failure) listener();
    return () => void this.#listeners.delete(listener);
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** What was given before the end or the failure comes first. @throws the failure */
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const value = this.#values.shift();
      if (value !== undefined) yield value;
      else if (this.#failure) throw this.#failure.error;
      else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
