import { type Random, stream } from '../../base/random.js';
import type { GradientResult } from '../../models/classifier.js';
import type { Objective } from '../../models/objectives/index.js';
import { argMax } from '../../tensor/floats.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { AttackContext, Prepared } from '../attack.js';
import type { Bounds } from '../harness/bounds.js';
import { pauses } from '../harness/pause.js';
import { everyRow, pickRows, rowOf } from '../harness/rows.js';
import { tieOf } from './lead.js';

type Floats = Tensor<'float32'>;

/** What the model says at the point of a walk. */
export interface Answer {
  readonly loss: number;
  readonly gradient: Float32Array;
}

/** One input's way up the objective. */
export interface Walk {
  /** Where the model is asked next: inside ball and bounds. Steps write to it. */
  readonly point: Float32Array;
  /**
   * Goes on from `point`. @returns false where the walk would stay for ever, since there is
   * no slope and no momentum
   */
  step(answer: Answer): boolean;
}

/** What a walk is given. */
export interface WalkOptions {
  /** The original, flat. */
  readonly centre: Float32Array;
  /** The budget. */
  readonly radius: number;
  readonly bounds: Bounds;
  /** The same numbers for all budgets, others for each run. */
  readonly random: Random;
}

/** How an attack walks. */
export interface Ascent {
  /** Gradients of each walk at most. */
  readonly steps: number;
  /** Walks for each input and budget: restarts, or one for each target class. */
  readonly runs: number;
  readonly objective: Objective;
  /** Of a targeted objective: classes of all inputs, for a run. */
  targets?(run: number): Int32Array;
  /** Whether every walk starts at its original, so that one gradient serves as the first of all budgets. */
  readonly fromOriginals: boolean;
  walk(options: WalkOptions): Walk;
}

/** What is known of the originals before an attack decides how to walk. */
export interface Known {
  /** Classes to get away from, [N]: the predictions. */
  readonly labels: Int32Array;
  /** [N, classes]. */
  readonly logits: Floats;
}

/**
 * The loop of all iterative gradient attacks: one fused gradient of the inputs that are
 * still attacked for each step.
 *
 * The logits come with the gradient, so an input that is fooled leaves at once and is proposed as it was
 * then; otherwise the point behind the last step is, the only one that has not been judged. In a transfer
 * attack neither is known: all steps are made, one more gradient judges the last, and the point of the
 * highest loss is proposed.
 *
 * The first attempt at each budget is the proposal of the budget before. What fooled the model with less is
 * thus not looked for again, and success never falls with the budget. It costs a forward pass.
 *
 * An input is stuck if in every run at its last budget the walk came to a point with
 * neither slope nor momentum.
 */
export const ascent =
  <P>(plan: (context: AttackContext<P>, known: Known) => Ascent) =>
  async (context: AttackContext<P>): Promise<Prepared> => {
    const { images, target, signal, transfer, goal } = context;
    const count = images.dims[0]!;
    const logits = await target.logits(images, everyRow(images));
    const labels = context.labels ?? argMax(logits);
    const how = plan(context, { labels, logits });
    const first = how.fromOriginals
      ? await target.gradient(images, { rows: everyRow(images), objective: how.objective, labels })
      : undefined;
    const proposed: (Float32Array | undefined)[] = Array(count);
    const stuck = Array<boolean>(count).fill(false);
    const pause = pauses(signal);

    async function ask(
      points: Floats,
      rows: readonly number[],
      run: number,
      step: number,
    ): Promise<GradientResult> {
      if (step === 0 && first) {
        const { loss, logits: z, gradient } = first;
        return {
          loss: Float32Array.from(rows, (row) => loss[row]!),
          logits: pickRows(z, rows),
          gradient: pickRows(gradient, rows),
        };
      }
      await pause();
      const all = how.targets?.(run);
      const targets = all && rows.map((row) => all[row]!);
      return target.gradient(points, {
        rows,
        objective: how.objective,
        labels: rows.map((row) => labels[row]!),
        ...(targets && { targets }),
      });
    }

    /** @returns inputs whose walk came to an end before it was made */
    async function walkAll(radius: number, rows: readonly number[], run: number): Promise<Set<number>> {
      const { bounds } = target;
      const walks = new Map(
        rows.map((row) => {
          const random = stream(context.random(row).uint32(), 'run', run);
          return [row, how.walk({ centre: rowOf(images, row), radius, bounds, random })];
        }),
      );
      const highest = new Map<number, number>();
      const ended = new Set<number>();
      let live = rows;
      for (let step = 0; live.length > 0 && step < how.steps + (transfer ? 1 : 0); step++) {
        const points = gather(images, live, (row) => walks.get(row)!.point);
        const { loss, logits: z, gradient } = await ask(points, live, run, step);
        const fooled = live.map((row, at) => !transfer && goal.lead(z, at, row, labels[row]!) > tieOf(z, at));
        const done = await goal.confirmed(points, live, fooled);
        live = live.filter((row, at) => {
          const walk = walks.get(row)!;
          if (transfer) {
            if (loss[at]! > (highest.get(row) ?? Number.NEGATIVE_INFINITY)) {
              highest.set(row, loss[at]!);
              proposed[row] = rowOf(points, at).slice();
            }
            if (step === how.steps) return false;
          } else if (done[at]) return false;
          if (walk.step({ loss: loss[at]!, gradient: rowOf(gradient, at) })) return true;
          ended.add(row);
          return false;
        });
      }
      if (!transfer) for (const row of rows) proposed[row] = walks.get(row)!.point;
      return ended;
    }

    return {
      attempts: 1 + how.runs,
      async candidates(radius, rows, attempt) {
        if (radius > 0 && attempt > 0) {
          const ended = await walkAll(radius, rows, attempt - 1);
          for (const row of rows) stuck[row] = ended.has(row) && (attempt === 1 || stuck[row]!);
        }
        return gather(images, rows, (row) => proposed[row] ?? rowOf(images, row));
      },
      stuck: (row) => stuck[row]!,
    };
  };

/** Rows of the images' shape, one from each point. */
function gather(
  { dims, data }: Floats,
  rows: readonly number[],
  point: (row: number) => Float32Array,
): Floats {
  const width = data.length / dims[0]!;
  const all = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    all.set(point(row), i * width);
  });
  return { dtype: 'float32', dims: [rows.length, ...dims.slice(1)], data: all };
}
