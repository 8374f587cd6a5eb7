import type { Classifier, GradientResult, VjpResult } from '../../models/classifier.js';
import type { Outputs } from '../../models/gradient-graph.js';
import type { Objective } from '../../models/objectives/index.js';
import { argMax } from '../../tensor/floats.js';
import type { Tensor } from '../../tensor/tensor.js';
import { clearlyAbove } from './near-tie.js';
import type { Path } from './path.js';
import { nearestLevels } from './rounding.js';
import { pickRows } from './rows.js';

type Floats = Tensor<'float32'>;

/** What an attack may ask of the model it differentiates. */
export interface AttackTarget {
  readonly classes: number;
  readonly bounds: readonly [number, number];
  logits(images: Floats): Promise<Floats>;
  predict(images: Floats): Promise<Int32Array>;
  /** See `Classifier.gradient`. */
  gradient(
    images: Floats,
    objective: Objective,
    labels?: ArrayLike<number>,
    targets?: ArrayLike<number>,
  ): Promise<GradientResult>;
  /** See `Classifier.vjp`. */
  vjp(images: Floats, cotangents: readonly Floats[], outputs?: Outputs): Promise<VjpResult>;
}

/**
 * Stands between an attack and the model for one batch. What the model itself answered about the original images is
 * remembered: the harness need neither ask again nor take the attack's word for it.
 *
 * Usually the model that is differentiated is the attacked one. When it is another (a transfer attack), the attack sees only
 * that one, and the predictions before the attack are still those of the attacked model.
 *
 * Where images are judged rounded, the attack too sees a model that rounds: what just fools the model with exact numbers would
 * fool nobody in a file, and the attack would never know.
 */
export class Watched implements AttackTarget {
  private predictions: Int32Array | undefined;
  private unsure: readonly number[] = [];
  /** The input gradient at the original images, if the attack asked for one: its first objective's. */
  gradientAtOriginals: Floats | undefined;

  constructor(
    private readonly attacked: Classifier,
    private readonly originals: Floats,
    private readonly source: Classifier = attacked,
    /** Steps between the bounds that whatever the attack asks about is rounded to; see `SweepOptions.rounding`. */
    private readonly rounding?: number,
    /** Hears of every point that the attacked model was asked about. */
    private readonly path?: Path,
  ) {}

  get classes(): number {
    return this.source.classes;
  }

  get bounds(): readonly [number, number] {
    return this.source.bounds;
  }

  async logits(images: Floats): Promise<Floats> {
    const asked = equal(images, this.originals);
    const logits = await this.source.logits(this.seen(images, asked));
    // The same graph as the judge's: nothing of this is unsure.
    if (asked && this.source === this.attacked) {
      this.predictions = argMax(logits);
      this.unsure = [];
    }
    this.pass(images, asked, logits);
    return logits;
  }

  async predict(images: Floats): Promise<Int32Array> {
    return argMax(await this.logits(images));
  }

  async gradient(
    images: Floats,
    objective: Objective,
    labels?: ArrayLike<number>,
    targets?: ArrayLike<number>,
  ): Promise<GradientResult> {
    const asked = equal(images, this.originals);
    const result = await this.source.gradient(this.seen(images, asked), objective, labels, targets);
    // A copy: the attack may write to what it was given.
    if (asked) this.gradientAtOriginals ??= { ...result.gradient, data: result.gradient.data.slice() };
    if (asked) this.remember(result.logits);
    if (this.attacked.guideIsJudge) this.pass(images, asked, result.logits);
    return result;
  }

  async vjp(images: Floats, cotangents: readonly Floats[], outputs?: Outputs): Promise<VjpResult> {
    const asked = equal(images, this.originals);
    const result = await this.source.vjp(this.seen(images, asked), cotangents, outputs);
    if (asked) this.remember(result.logits);
    if (this.attacked.guideIsJudge) this.pass(images, asked, result.logits);
    return result;
  }

  /** Clear cases only: the judge may round a near tie otherwise. What another model says of a point is not this one's. */
  private pass(images: Floats, asked: boolean, logits: Floats): void {
    if (!this.path || asked || this.source !== this.attacked) return;
    const unclear = new Set(nearTies(logits));
    const points = [...Array(images.dims[0]!).keys()].filter((n) => !unclear.has(n));
    const predictions = argMax(logits);
    this.path.see(
      pickRows(this.seen(images, false), points),
      points.map((n) => predictions[n]!),
    );
  }

  /** What the model sees of images: originals as they are, others as a file holds them. Slopes go straight through. */
  private seen(images: Floats, original: boolean): Floats {
    if (this.rounding === undefined || original) return images;
    return nearestLevels(images, this.bounds, this.rounding);
  }

  private remember(logits: Floats): void {
    // Another model's answers, or a guide's that computes something else, decide nothing.
    if (this.predictions || this.source !== this.attacked || !this.attacked.guideIsJudge) return;
    this.predictions = argMax(logits);
    this.unsure = nearTies(logits);
  }

  /**
   * The attacked model's predictions before the attack. Those that came with a gradient stand, except near ties: there the
   * graph that will judge the candidates decides, since two graphs of one model may round differently.
   */
  async cleanPredictions(): Promise<Int32Array> {
    this.predictions ??= await this.attacked.predict(this.originals);
    if (this.unsure.length > 0) {
      const again = await this.attacked.predict(pickRows(this.originals, this.unsure));
      this.unsure.forEach((row, i) => {
        this.predictions![row] = again[i]!;
      });
      this.unsure = [];
    }
    return this.predictions;
  }
}

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
