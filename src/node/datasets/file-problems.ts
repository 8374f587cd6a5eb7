import { ToolkitError } from '../../core/base/errors.js';

/** Collects all problems of a file, so that one error reports them together. */
export class Problems {
  readonly #source: string;
  readonly #found: string[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  add(problem: string): void {
    this.#found.push(problem);
  }

  /** @throws ToolkitError 'corrupt-data' that names every problem so far, if there is one */
  throwIfAny(): void {
    if (this.#found.length > 0) {
      throw new ToolkitError('corrupt-data', { source: this.#source, reason: this.#found.join('; ') });
    }
  }
}

/** How many values are wrong, with the first of them; undefined when none is. */
export function describeWrong(
  values: ArrayLike<number>,
  isRight: (value: number) => boolean,
  what: string,
): string | undefined {
  let count = 0;
  let first = 0;
  for (let i = values.length - 1; i >= 0; i -= 1) {
    if (isRight(values[i]!)) continue;
    count += 1;
    first = i;
  }
  return count === 0
    ? undefined
    : `${count} of ${values.length} ${what} (the first, at ${first}, is ${values[first]})`;
}
