import { rate } from '../../base/statistics.js';
import { NO_CLASS } from '../../tensor/floats.js';

/** What an attempt on an input came to. */
export interface Attempt {
  /** Its number, from 0. */
  readonly attempt: number;
  /** Undefined for an input that came back untouched. */
  readonly prediction: number | undefined;
  /** By the criterion. */
  readonly success: boolean;
}

/** An attempt changed the input; the others of the same budget may leave it as it was. */
const TOUCHED = 2;

/** Predictions of every input at every budget, and what follows from them. */
export class Tally {
  readonly smallest: Int32Array;
  /** Size of the perturbation that first fooled each input; NaN while none has. */
  readonly distances: Float64Array;
  private readonly clean: Int32Array;
  private readonly predictions: Int32Array[];
  private readonly untouched: Uint8Array[];
  private readonly successes: Uint8Array[];

  constructor(
    private readonly count: number,
    budgets: number,
  ) {
    this.clean = new Int32Array(count);
    this.smallest = new Int32Array(count).fill(-1);
    this.distances = new Float64Array(count).fill(Number.NaN);
    this.predictions = Array.from({ length: budgets }, () => new Int32Array(count));
    this.untouched = Array.from({ length: budgets }, () => new Uint8Array(count));
    this.successes = Array.from({ length: budgets }, () => new Uint8Array(count));
  }

  /** Whether the attack has succeeded at budget `b`. */
  reached(row: number, b: number): boolean {
    return this.successes[b]![row] === 1;
  }

  setClean(start: number, predictions: Int32Array): void {
    this.clean.set(predictions, start);
  }

  /**
   * Rows of the batch, counted from its start, that are still attacked at budget `b`; the
   * others keep their outcome.
   */
  live(start: number, end: number, b: number, drop: boolean): number[] {
    const all = Array.from({ length: end - start }, (_, i) => i);
    if (!drop) return all;
    return all.filter((row) => {
      const fooled = this.smallest[start + row] !== -1;
      if (fooled) {
        this.predictions[b]![start + row] = this.predictions[b - 1]![start + row]!;
        this.successes[b]![start + row] = this.successes[b - 1]![start + row]!;
      }
      return !fooled;
    });
  }

  /**
   * @returns whether this is the first budget with success on the input
   */
  record(row: number, b: number, { attempt, prediction, success }: Attempt): boolean {
    this.untouched[b]![row] = prediction === undefined && this.untouched[b]![row] !== TOUCHED ? 1 : TOUCHED;
    const now = prediction ?? this.clean[row]!;
    // An attempt that changes no prediction does not hide that an earlier one did, though
    // not as the criterion asks.
    if (attempt === 0 || success || now !== this.clean[row]) this.predictions[b]![row] = now;
    this.successes[b]![row] = success ? 1 : 0;
    const first = success && this.smallest[row] === -1;
    if (first) this.smallest[row] = b;
    return first;
  }

  /** An input without a class, which is not attacked: it neither succeeds nor came back untouched. */
  leaveOut(row: number, b: number): void {
    const [predictions, untouched] = [this.predictions[b], this.untouched[b]];
    if (predictions) predictions[row] = NO_CLASS;
    if (untouched) untouched[row] = TOUCHED;
  }

  summary(budgets: readonly number[], labels: ArrayLike<number | bigint>) {
    const { clean, smallest, distances, predictions, successes, untouched, count } = this;
    const share = (test: (n: number) => boolean) => {
      let hits = 0;
      for (let n = 0; n < count; n++) if (test(n)) hits += 1;
      return rate(hits, count);
    };
    const correct = (n: number) => clean[n] === Number(labels[n]);
    return {
      cleanAccuracy: share(correct),
      points: budgets.map((budget, b) => ({
        budget,
        success: share((n) => smallest[n] !== -1 && smallest[n]! <= b),
        successAtBudget: share((n) => successes[b]![n] === 1),
        robustAccuracy: share((n) => correct(n) && predictions[b]![n] === clean[n]),
      })),
      untouched: untouched.map((flags) => share((n) => flags[n] === 1)),
      smallest,
      distances,
      clean,
      predictions,
    };
  }
}
