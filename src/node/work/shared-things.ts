/** Beyond those that the step in progress uses. */
const REMEMBERED = 2;

/** Something that may hold memory outside of JavaScript, such as an engine's session. */
interface Releasable {
  release(): Promise<void>;
}

const isReleasable = (value: unknown): value is Releasable =>
  typeof value === 'object' && value !== null && 'release' in value && typeof value.release === 'function';

/**
 * Things that take time to make and that the next step may want again. Those that were not
 * used for longest go first.
 */
export class SharedThings {
  /** In the order of their last use. */
  readonly #things = new Map<string, Promise<unknown>>();
  #used = new Set<string>();

  /** @param known things that are there already, and that their owner frees */
  constructor(private readonly known: ReadonlyMap<string, unknown> = new Map()) {}

  /** Makes a thing, or gives the one that was made under the same name. */
  get<T>(name: string, make: () => Promise<T>): Promise<T> {
    if (this.known.has(name)) return Promise.resolve(this.known.get(name) as T);
    const thing = (this.#things.get(name) as Promise<T> | undefined) ?? make();
    this.#things.delete(name);
    this.#things.set(name, thing);
    this.#used.add(name);
    // What could not be made is tried again.
    thing.catch(() => this.#things.delete(name));
    return thing;
  }

  /** To be called between two steps: nothing is in use then. */
  async tidy(): Promise<void> {
    const idle = [...this.#things.keys()].filter((name) => !this.#used.has(name));
    this.#used = new Set();
    await this.#drop(idle.slice(0, Math.max(0, idle.length - REMEMBERED)));
  }

  /** Frees everything. */
  async release(): Promise<void> {
    await this.#drop([...this.#things.keys()]);
  }

  async #drop(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const thing = await this.#things.get(name)?.catch(() => undefined);
      this.#things.delete(name);
      if (isReleasable(thing)) await thing.release();
    }
  }
}
