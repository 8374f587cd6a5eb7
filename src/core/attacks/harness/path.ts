import type { Tensor } from '../../tensor/tensor.js';

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
  private readonly reach: number;
  private readonly alone: (boolean | undefined)[] = [];

  /** @param radius the largest budget, in Linf */
  constructor(
    private readonly originals: Floats,
    radius: number,
    private readonly bounds: readonly [number, number],
  ) {
    const count = originals.dims[0]!;
    this.reach = radius * (1 + SLACK) + SLACK;
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

  /** The only input whose ball holds the point; undefined as well where balls overlap, since nobody can tell whose it is. */
  private owner(point: Float32Array, from: number): number | undefined {
    const [low, high] = this.bounds;
    if (!point.every((value) => value >= low && value <= high)) return undefined;
    const count = this.met.length;
    let found: number | undefined;
    for (let k = 0; k < count; k++) {
      const row = (from + k) % count;
      if (!this.isNear(point, row, this.reach)) continue;
      if (found !== undefined) return undefined;
      if (this.isAlone(row)) return row;
      found = row;
    }
    return found;
  }

  /** Whether the ball about this input meets no other's. */
  private isAlone(row: number): boolean {
    const own = this.originals.data.subarray(row * this.width, (row + 1) * this.width);
    this.alone[row] ??= this.met.every(
      (_, other) => other === row || !this.isNear(own, other, 2 * this.reach),
    );
    return this.alone[row];
  }

  private isNear(point: Float32Array, row: number, reach: number): boolean {
    const { data } = this.originals;
    const start = row * this.width;
    for (let i = 0; i < this.width; i++) if (!(Math.abs(point[i]! - data[start + i]!) <= reach)) return false;
    return true;
  }
}
