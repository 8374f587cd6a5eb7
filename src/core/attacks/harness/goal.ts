import type { Tensor } from '../../tensor/tensor.js';
import { lead, likeliestOthers } from '../search/lead.js';
import type { Criterion, Situation } from '../threat-model.js';
import { pickRows } from './rows.js';

type Floats = Tensor<'float32'>;

/** What an attack on one batch works towards. Rows are inputs of the batch. */
export interface Goal {
  /** Class to reach for each input, [N]; undefined: any other than its own. */
  readonly towards?: Int32Array | undefined;
  /**
   * How far the logits of a version of an input are past success, negative before it: the margin of the best other class over
   * `label`, or of the class to reach over all others.
   *
   * @param at place of the version in `logits`
   */
  lead(logits: Floats, at: number, row: number, label: number): number;
  /** Whether a predicted class is a success, as far as the attacked model tells: not `label`, or the class to reach. */
  isReached(prediction: number, row: number, label: number): boolean;
  /** Classes worth leading to, the likeliest first, at most `count`: all but `label`, or the class to reach alone. */
  rivals(logits: Floats, at: number, row: number, label: number, count: number): number[];
  /**
   * Which of the versions that the attacked model is fooled by are successes: where a reference model has to keep its class it is
   * asked, else all of them are.
   *
   * @param points [M, ...dims]
   * @param rows the input that each is a version of, [M]
   * @param fooled whether the attacked model's logits say success, [M]
   */
  confirmed(
    points: Floats,
    rows: readonly number[],
    fooled: readonly boolean[],
  ): Promise<readonly boolean[]> | readonly boolean[];
}

/** The goal of a criterion on one batch. */
export class BatchGoal implements Goal {
  readonly towards: Int32Array | undefined;
  private referenceClean: Promise<Int32Array> | undefined;

  /**
   * @param originals [N, ...dims]
   * @param first position of the first input in the sweep
   */
  constructor(
    private readonly criterion: Criterion,
    private readonly originals: Floats,
    first: number,
  ) {
    this.towards = criterion.towards?.(first, originals.dims[0] ?? 0);
  }

  /** Whether a prediction of the attacked model is a success for the harness, as far as it tells. */
  isSuccess(prediction: number, row: number, situation: Situation): boolean {
    return this.criterion.isReached(prediction, row, situation);
  }

  isReached(prediction: number, row: number, label: number): boolean {
    const wanted = this.towards?.[row];
    return wanted === undefined ? prediction !== label : prediction === wanted;
  }

  lead(logits: Floats, at: number, row: number, label: number): number {
    const wanted = this.towards?.[row];
    return wanted === undefined ? lead(logits, at, label) : -lead(logits, at, wanted);
  }

  rivals(logits: Floats, at: number, row: number, label: number, count: number): number[] {
    const wanted = this.towards?.[row];
    if (wanted === undefined) return likeliestOthers(logits, at, label, count);
    return [wanted === label ? (likeliestOthers(logits, at, label, 1)[0] ?? label) : wanted];
  }

  async confirmed(points: Floats, rows: readonly number[], fooled: readonly boolean[]) {
    const { reference } = this.criterion;
    if (!reference) return fooled;
    const asked = [...fooled.keys()].filter((n) => fooled[n]);
    if (asked.length === 0) return fooled;
    this.referenceClean ??= reference.predict(this.originals);
    const [before, now] = [await this.referenceClean, await reference.predict(pickRows(points, asked))];
    const kept = new Set(asked.filter((n, i) => now[i] === before[rows[n] ?? -1]));
    return fooled.map((_, n) => kept.has(n));
  }
}

/** A goal seen from some inputs of the batch: row i is the batch's `rows[i]`. */
export const goalOf = (goal: Goal, rows: readonly number[]): Goal => ({
  towards: goal.towards && Int32Array.from(rows, (row) => goal.towards?.[row] ?? 0),
  lead: (logits, at, row, label) => goal.lead(logits, at, rows[row] ?? row, label),
  isReached: (prediction, row, label) => goal.isReached(prediction, rows[row] ?? row, label),
  rivals: (logits, at, row, label, count) => goal.rivals(logits, at, rows[row] ?? row, label, count),
  confirmed: (points, own, fooled) =>
    goal.confirmed(
      points,
      own.map((row) => rows[row] ?? row),
      fooled,
    ),
});
