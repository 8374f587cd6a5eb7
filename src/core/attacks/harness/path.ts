import type { Tensor } from '../../tensor/tensor.js';
import { type Bounds, limitsOf } from './bounds.js';
import { type Norm, perturbationSizes } from './norms.js';

type Floats = Tensor<'float32'>;

/** How far outside the ball rounding may put a point of its surface. */
const TOLERANCE = 1e-6;

/**
 * What an attack has met on one batch: for each input the classes that the attacked model gave to its
 * versions inside the ball and the bounds. An attack that met a success there and proposes something else has
 * succeeded silently (Pintor et al. 2022, "Indicators of Attack Failure").
 */
export class Path {
  private readonly met: Set<number>[];
  private readonly width: number;

  /** @param ball the largest budget, in the norm of the attack */
  constructor(
    private readonly originals: Floats,
    private readonly ball: { readonly norm: Norm; readonly size: number; readonly bounds: Bounds },
  ) {
    const count = originals.dims[0] ?? 0;
    this.width = originals.data.length / Math.max(1, count);
    this.met = Array.from({ length: count }, () => new Set());
  }

  /**
   * Places of the points that would add something: inside ball and bounds, of a class that was not met there.
   *
   * @param points [M, ...dims]
   * @param rows the input of the batch that each point is a version of, [M]
   * @param predictions of the points, [M]
   */
  newIn(points: Floats, rows: readonly number[], predictions: ArrayLike<number>): number[] {
    const { norm, size } = this.ball;
    return [...rows.keys()].filter((n) => {
      const row = rows[n] ?? -1;
      if (this.met[row]?.has(predictions[n] ?? -1) !== false) return false;
      const point = this.one(points, n);
      if (!this.isInside(point.data)) return false;
      const [length = 0] = perturbationSizes(this.one(this.originals, row), point, norm);
      return length <= size * (1 + TOLERANCE) + TOLERANCE;
    });
  }

  /** Notes that a version of an input was met. */
  meet(row: number, prediction: number): void {
    this.met[row]?.add(prediction);
  }

  /** Whether a version inside the ball was met whose class is a success. */
  crossed(row: number, isSuccess: (prediction: number) => boolean): boolean {
    return [...(this.met[row] ?? [])].some(isSuccess);
  }

  private one(images: Floats, n: number): Floats {
    const data = images.data.subarray(n * this.width, (n + 1) * this.width);
    return { ...images, dims: [1, ...images.dims.slice(1)], data };
  }

  private isInside(point: Float32Array): boolean {
    const { low, high } = limitsOf(this.ball.bounds, this.width);
    return point.every((value, i) => value >= (low[i] ?? 0) && value <= (high[i] ?? 0));
  }
}
