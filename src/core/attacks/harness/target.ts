import type { Classifier, GradientResult, VjpResult } from '../../models/classifier.js';
import { type Outputs, OWN_PREDICTION, RUNNER_UP } from '../../models/gradient-graph.js';
import type { Objective } from '../../models/objectives/index.js';
import { allFinite, argMax, NO_CLASS } from '../../tensor/floats.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Bounds } from './bounds.js';
import type { Goal } from './goal.js';
import { clearlyAbove } from './near-tie.js';
import type { Path } from './path.js';
import { nearestLevels } from './rounding.js';
import { pickRows } from './rows.js';
import { gridEnds, type ValueGrid } from './value-grid.js';

type Floats = Tensor<'float32'>;

/** How a gradient is asked for. */
export interface GradientQuery {
  /** For each image the input of the batch that it is a version of. */
  readonly rows: readonly number[];
  readonly objective: Objective;
  /** Classes to move away from; default: the model's own predictions. */
  readonly labels?: ArrayLike<number>;
  /** Classes that a targeted objective leads to; default: the most likely others. */
  readonly targets?: ArrayLike<number>;
}

/**
 * What an attack may ask of the model it differentiates. Every query says of which inputs of the batch its
 * images are versions, so that the harness knows whose success it sees.
 */
export interface AttackTarget {
  readonly classes: number;
  readonly bounds: Bounds;
  /** Logits [N, classes] of images [N, ...dims]. */
  logits(images: Floats, rows: readonly number[]): Promise<Floats>;
  /** Predicted classes [N]; among equal logits the first. */
  predict(images: Floats, rows: readonly number[]): Promise<Int32Array>;
  /**
   * Loss, logits and gradient. Where the criterion names a class to reach, an untargeted objective is taken
   * of that class and with the opposite sign, so that rising the loss leads there.
   */
  gradient(images: Floats, query: GradientQuery): Promise<GradientResult>;
  /** See `Classifier.vjp`. */
  vjp(
    images: Floats,
    rows: readonly number[],
    cotangents: readonly Floats[],
    outputs?: Outputs,
  ): Promise<VjpResult>;
}

/** What the harness tells the target about the attack. */
export interface TargetOptions {
  readonly attacked: Classifier;
  /** [N, ...dims]. */
  readonly originals: Floats;
  /** The model that is differentiated, where it is not the attacked one. */
  readonly source?: Classifier | undefined;
  readonly bounds: Bounds;
  /**
   * Steps between the bounds that whatever the attack asks about is rounded to; see `SweepOptions.rounding`.
   */
  readonly rounding?: number | undefined;
  /** The grid that whatever the attack asks about is held to; see `SecondForm.seen`. */
  readonly grid?: ValueGrid;
  /** Hears of every point that the attacked model was asked about. */
  readonly path?: Path | undefined;
  /** What success is: where it names a class to reach, gradients lead there. */
  readonly goal: Goal;
}

/**
 * Stands between an attack and the model for one batch. What the model itself answered about the original
 * images is remembered: the harness need neither ask again nor take the attack's word for it.
 *
 * Mostly the model that is differentiated is the attacked one. When it is another (a transfer attack), the
 * attack sees only that one, and the predictions before the attack are still those of the attacked model.
 *
 * Where images are judged rounded, the attack too sees a model that rounds: what just fools the model with
 * exact numbers would not fool it in a file, and the attack would never know.
 */
export class Watched implements AttackTarget {
  private predictions: Int32Array | undefined;
  private unsure: readonly number[] = [];
  private readonly attacked: Classifier;
  private readonly source: Classifier;
  private readonly originals: Floats;
  readonly bounds: Bounds;
  /** The input gradient at the original images, if the attack asked for one: its first objective's. */
  gradientAtOriginals: Floats | undefined;

  constructor(private readonly options: TargetOptions) {
    this.attacked = options.attacked;
    this.source = options.source ?? options.attacked;
    this.originals = options.originals;
    this.bounds = options.bounds;
  }

  get classes(): number {
    return this.source.classes;
  }

  async logits(images: Floats, rows: readonly number[]): Promise<Floats> {
    const asked = equal(images, this.originals);
    const logits = await this.source.logits(this.seen(images, asked));
    // The same graph as the judge's: nothing of this is unsure.
    if (asked && this.source === this.attacked) {
      this.predictions = argMax(logits);
      this.unsure = [];
    }
    await this.pass(images, rows, asked, logits);
    return asNumbers(logits);
  }

  async predict(images: Floats, rows: readonly number[]): Promise<Int32Array> {
    return argMax(await this.logits(images, rows));
  }

  async gradient(images: Floats, query: GradientQuery): Promise<GradientResult> {
    const asked = equal(images, this.originals);
    const result = await this.ascending(this.seen(images, asked), query);
    // A copy: the attack may write to what it was given.
    if (asked) this.gradientAtOriginals ??= { ...result.gradient, data: result.gradient.data.slice() };
    if (asked) this.remember(result.logits);
    if (this.attacked.guideIsJudge) await this.pass(images, query.rows, asked, result.logits);
    return { ...result, logits: asNumbers(result.logits), loss: lossesOf(result.loss) };
  }

  async vjp(
    images: Floats,
    rows: readonly number[],
    cotangents: readonly Floats[],
    outputs?: Outputs,
  ): Promise<VjpResult> {
    const asked = equal(images, this.originals);
    const result = await this.source.vjp(this.seen(images, asked), cotangents, outputs);
    if (asked) this.remember(result.logits);
    if (this.attacked.guideIsJudge) await this.pass(images, rows, asked, result.logits);
    return { ...result, logits: asNumbers(result.logits) };
  }

  /** The gradient of what has to rise. */
  private async ascending(images: Floats, { rows, objective, labels, targets }: GradientQuery) {
    const { goal } = this.options;
    const { towards } = goal;
    if (!towards) return this.source.gradient(images, objective, labels, targets);
    const wanted = rows.map((row) => towards[row] ?? RUNNER_UP);
    if (objective.targeted) {
      // To lead away from the label alone might lead to a third class.
      const logits = await this.source.logits(images);
      const beaten = rows.map((row, at) => goal.opponent(logits, at, row, labels?.[at] ?? OWN_PREDICTION));
      return this.source.gradient(images, objective, beaten, wanted);
    }
    const result = await this.source.gradient(images, objective, wanted);
    const [loss, data] = [result.loss.map((value) => -value), result.gradient.data.map((value) => -value)];
    return { ...result, loss, gradient: { ...result.gradient, data } };
  }

  /**
   * Clear cases only: the judge may round a near tie otherwise. What another model says of a
   * point is not this one's.
   */
  private async pass(images: Floats, rows: readonly number[], asked: boolean, logits: Floats): Promise<void> {
    const { path, goal } = this.options;
    if (!path || asked || this.source !== this.attacked) return;
    const unclear = new Set(nearTies(logits));
    const clear = [...rows.keys()].filter((n) => !unclear.has(n));
    const [points, all] = [pickRows(this.seen(images, false), clear), argMax(logits)];
    const [owners, predictions] = [clear.map((n) => rows[n] ?? -1), clear.map((n) => all[n] ?? -1)];
    const places = path.newIn(points, owners, predictions);
    const own = places.map((n) => owners[n] ?? -1);
    const counted = await goal.confirmed(
      pickRows(points, places),
      own,
      own.map(() => true),
    );
    places.forEach((n, i) => {
      if (counted[i]) path.meet(own[i] ?? -1, predictions[n] ?? -1);
    });
  }

  /**
   * What the model sees of images: originals as they are, others as a file holds them. Gradients pass
   * straight through.
   */
  private seen(images: Floats, original: boolean): Floats {
    const { rounding: steps, grid } = this.options;
    if (original) return images;
    if (grid) {
      const levels = gridEnds(grid, images.dims.slice(1));
      return nearestLevels(images, { levels, bounds: this.bounds, steps: grid.steps });
    }
    if (steps === undefined) return images;
    return nearestLevels(images, { levels: this.attacked.bounds, bounds: this.bounds, steps });
  }

  private remember(logits: Floats): void {
    // Another model's answers, or a guide's that computes something else, decide nothing.
    if (this.predictions || this.source !== this.attacked || !this.attacked.guideIsJudge) return;
    this.predictions = argMax(logits);
    this.unsure = nearTies(logits);
  }

  /**
   * The attacked model's predictions before the attack. Those that came with a gradient stand,
   * except near ties: there the graph that will judge the candidates decides, since two graphs of
   * one model may round differently.
   */
  async cleanPredictions(): Promise<Int32Array> {
    this.predictions ??= await this.attacked.predict(this.originals);
    if (this.unsure.length > 0) {
      const again = await this.attacked.predict(pickRows(this.originals, this.unsure));
      for (const [i, row] of this.unsure.entries()) this.predictions[row] = again[i] ?? -1;
      this.unsure = [];
    }
    return this.predictions;
  }
}

/** A target seen from some inputs of the batch: row i is the batch's `rows[i]`. */
export function targetOf(target: AttackTarget, rows: readonly number[]): AttackTarget {
  const own = (some: readonly number[]) => some.map((row) => rows[row] ?? row);
  return {
    classes: target.classes,
    bounds: target.bounds,
    logits: (images, some) => target.logits(images, own(some)),
    predict: (images, some) => target.predict(images, own(some)),
    gradient: (images, query) => target.gradient(images, { ...query, rows: own(query.rows) }),
    vjp: (images, some, cotangents, outputs) => target.vjp(images, own(some), cotangents, outputs),
  };
}

/** Stands for infinity: differences of two of them are numbers. */
const LARGE = 1e30;

/**
 * Logits that an attack can compute with: a class that is masked by minus infinity is very improbable, and a
 * row without a class has equal logits, which no attack needs to move any further.
 */
function asNumbers(logits: Floats): Floats {
  if (allFinite(logits.data)) return logits;
  const [count = 0, classes = 0] = logits.dims;
  const predicted = argMax(logits);
  const data = logits.data.map((value) => Math.max(value, -LARGE));
  for (let n = 0; n < count; n++) if (predicted[n] === NO_CLASS) data.fill(0, n * classes, (n + 1) * classes);
  return { ...logits, data };
}

/** What has no loss has no class either: as high a loss as there is. */
const lossesOf = (loss: Float32Array): Float32Array =>
  allFinite(loss)
    ? loss
    : loss.map((value) => (Number.isNaN(value) ? LARGE : Math.max(-LARGE, Math.min(LARGE, value))));

const equal = (a: Floats, b: Floats): boolean =>
  a.data.length === b.data.length && a.data.every((value, i) => value === b.data[i]);

/** Rows whose two largest logits are too close to trust their order. */
function nearTies({ data, dims }: Floats): number[] {
  const [count, classes] = dims as [number, number];
  return [...Array(count).keys()].filter((n) => {
    const sorted = data.slice(n * classes, (n + 1) * classes).sort();
    const [top, next] = [sorted[classes - 1]!, sorted[classes - 2]!];
    return !clearlyAbove(top, next);
  });
}
