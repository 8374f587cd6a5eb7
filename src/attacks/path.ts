import type { Tensor } from '../tensor/tensor.js';

type Floats = Tensor<'float32'>;

/** How far outside the ball rounding may put a point of its surface. */
const SLACK = 1e-6;

/**
 * What an attack has come through on one batch: for each input the classes that the attacked model gave to points inside
 * the ball about it. An attack that met another class there and proposes a point of the old one has succeeded silently
 * (Pintor et al. 2022, "Indicators of Attack Failure").
 */
export class Path {
  private readonly met: Set<number>[];
  private readonly width: number;

  /** @param radius the largest budget, in Linf */
  constructor(
    private readonly originals: Floats,
    private readonly radius: number,
    private readonly bounds: readonly [number, number],
  ) {
    const count = originals.dims[0]!;
    this.width = originals.data.length / Math.max(1, count);
    this.met = Array.from({ length: count }, () => new Set());
  }

  /** @param predictions of the points, which may be any of the batch, in any order */
  see(points: Floats, predictions: ArrayLike<number>): void {
    let last = -1;
    for (let n = 0; n < predictions.length; n++) {
      // Mostly the inputs come in their order; then the first look finds it.
      const row = this.owner(points.data.subarray(n * this.width, (n + 1) * this.width), last + 1);
      if (row === undefined) continue;
      last = row;
      this.met[row]!.add(predictions[n]!);
    }
  }

  /** Whether a point inside the ball was met that the model does not call `clean`. */
  crossed(row: number, clean: number): boolean {
    const classes = this.met[row]!;
    return classes.size > (classes.has(clean) ? 1 : 0);
  }

  private owner(point: Float32Array, from: number): number | undefined {
    const count = this.met.length;
    for (let k = 0; k < count; k++) {
      const row = (from + k) % count;
      if (this.isInside(point, row)) return row;
    }
    return undefined;
  }

  private isInside(point: Float32Array, row: number): boolean {
    const { data } = this.originals;
    const [low, high] = this.bounds;
    const reach = this.radius * (1 + SLACK) + SLACK;
    const start = row * this.width;
    for (let i = 0; i < this.width; i++) {
      const value = point[i]!;
      if (!(Math.abs(value - data[start + i]!) <= reach && value >= low && value <= high)) return false;
    }
    return true;
  }
}
