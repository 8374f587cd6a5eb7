import { argMax, type Classifier, type GradientResult } from '../models/classifier.js';
import type { Objective } from '../models/objectives.js';
import type { Tensor } from '../tensor/tensor.js';
import { pickRows } from './rows.js';

type Floats = Tensor<'float32'>;

/** What an attack may ask of the model it attacks. */
export interface AttackTarget {
  readonly classes: number;
  readonly bounds: readonly [number, number];
  logits(images: Floats): Promise<Floats>;
  predict(images: Floats): Promise<Int32Array>;
  gradient(images: Floats, objective: Objective, labels?: ArrayLike<number>): Promise<GradientResult>;
}

/** Relative margin under which two graphs of one model may round to different predictions. */
const NEAR_TIE = 1e-3;

/**
 * Stands between an attack and the model for one batch. What the model itself answered about the original images is
 * remembered: the harness need neither ask again nor take the attack's word for it.
 */
export class Watched implements AttackTarget {
  private predictions: Int32Array | undefined;
  private unsure: readonly number[] = [];
  /** The model's input gradient at the original images, if the attack asked for one; its first objective's. */
  gradientAtOriginals: Floats | undefined;

  constructor(
    private readonly classifier: Classifier,
    private readonly originals: Floats,
  ) {}

  get classes(): number {
    return this.classifier.classes;
  }

  get bounds(): readonly [number, number] {
    return this.classifier.bounds;
  }

  logits(images: Floats): Promise<Floats> {
    return this.classifier.logits(images);
  }

  predict(images: Floats): Promise<Int32Array> {
    return this.classifier.predict(images);
  }

  async gradient(images: Floats, objective: Objective, labels?: ArrayLike<number>): Promise<GradientResult> {
    const asked = equal(images, this.originals);
    const result = await this.classifier.gradient(images, objective, labels);
    if (asked && !this.gradientAtOriginals) {
      // A copy: the attack may write to what it was given.
      this.gradientAtOriginals = { ...result.gradient, data: result.gradient.data.slice() };
      this.predictions = argMax(result.logits);
      this.unsure = nearTies(result.logits);
    }
    return result;
  }

  /**
   * The model's predictions before the attack. Those that came with a gradient stand, except near ties: there the graph that
   * will judge the candidates decides, since two graphs of one model may round differently.
   */
  async cleanPredictions(): Promise<Int32Array> {
    if (!this.predictions) return this.classifier.predict(this.originals);
    if (this.unsure.length > 0) {
      const again = await this.classifier.predict(pickRows(this.originals, this.unsure));
      this.unsure.forEach((row, i) => {
        this.predictions![row] = again[i]!;
      });
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
    return !(top - next > NEAR_TIE * Math.max(1, Math.abs(top), Math.abs(next)));
  });
}
