import { argMax } from '../../tensor/floats.js';
import type { Tensor } from '../../tensor/tensor.js';
import { likeliestOthers } from '../search/lead.js';
import type { Criterion } from '../threat-model.js';
import { pickRows } from './rows.js';

type Floats = Tensor<'float32'>;

/**
 * What an attack on one batch works towards. A row is an input of the batch; `at` is the place of a version
 * of it in `logits`, and `label` the class that the input has to leave.
 */
export interface Goal {
  /** Class to reach for each input, [N]; undefined: any other than the one to leave. */
  readonly towards?: Int32Array | undefined;
  /**
   * How far the logits are past success, negative before it: those of the best rival over the class to beat.
   */
  lead(logits: Floats, at: number, row: number, label: number): number;
  /** Whether a predicted class is a success, as far as the attacked model tells. */
  isReached(prediction: number, row: number, label: number): boolean;
  /**
   * Classes worth leading to, the likeliest first, at most `count`: all but `label`, or
   * the class to reach alone.
   */
  rivals(logits: Floats, at: number, row: number, label: number, count: number): number[];
  /** The class to beat: `label`, or the most likely one besides the class to reach. */
  opponent(logits: Floats, at: number, row: number, label: number): number;
  /**
   * Which of the versions that the attacked model is fooled by are successes: where a reference model has to
   * keep its class it is asked, else all of them are.
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
  private kept: Promise<Int32Array> | undefined;

  /**
   * @param originals [N, ...dims]
   * @param first number of the first input
   */
  constructor(
    private readonly criterion: Criterion,
    private readonly originals: Floats,
    first: number,
  ) {
    this.towards = criterion.towards?.(first, originals.dims[0] ?? 0);
  }

  isReached(prediction: number, row: number, label: number): boolean {
    const wanted = this.towards?.[row];
    return wanted === undefined ? prediction !== label : prediction === wanted;
  }

  lead(logits: Floats, at: number, row: number, label: number): number {
    const classes = logits.dims[1] ?? 0;
    const z = (k: number | undefined) => logits.data[at * classes + (k ?? 0)] ?? Number.NaN;
    const [rival] = this.rivals(logits, at, row, label, 1);
    return z(rival) - z(this.opponent(logits, at, row, label));
  }

  rivals(logits: Floats, at: number, row: number, label: number, count: number): number[] {
    const wanted = this.towards?.[row];
    return wanted === undefined ? likeliestOthers(logits, at, label, count) : [wanted];
  }

  opponent(logits: Floats, at: number, row: number, label: number): number {
    const wanted = this.towards?.[row];
    if (wanted === undefined) return label;
    const [strongest = label] = likeliestOthers(logits, at, wanted, 1);
    return strongest;
  }

  async confirmed(points: Floats, rows: readonly number[], fooled: readonly boolean[]) {
    const { reference } = this.criterion;
    if (!reference) return fooled;
    const asked = [...fooled.keys()].filter((n) => fooled[n]);
    if (asked.length === 0) return fooled;
    this.kept ??= reference.logits(this.originals).then(argMax);
    const before = await this.kept;
    const now = argMax(await reference.logits(pickRows(points, asked)));
    const evasive = new Set(asked.filter((n, i) => now[i] === before[rows[n] ?? -1]));
    return fooled.map((_, n) => evasive.has(n));
  }
}

/** A goal seen from some inputs of the batch: row i is the batch's `rows[i]`. */
export function goalOf(goal: Goal, rows: readonly number[]): Goal {
  const own = (row: number) => rows[row] ?? row;
  return {
    towards: goal.towards && Int32Array.from(rows, (row) => goal.towards?.[row] ?? -1),
    lead: (logits, at, row, label) => goal.lead(logits, at, own(row), label),
    isReached: (prediction, row, label) => goal.isReached(prediction, own(row), label),
    rivals: (logits, at, row, label, count) => goal.rivals(logits, at, own(row), label, count),
    opponent: (logits, at, row, label) => goal.opponent(logits, at, own(row), label),
    confirmed: (points, some, fooled) => goal.confirmed(points, some.map(own), fooled),
  };
}
