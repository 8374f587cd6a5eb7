import { clipAt } from '../../attacks/harness/bounds.js';
import { nearestLevels } from '../../attacks/harness/rounding.js';
import { gridEnds, type ValueGrid } from '../../attacks/harness/value-grid.js';
import { stream } from '../../base/random.js';
import type { Classifier } from '../../models/classifier.js';
import type { Tensor } from '../../tensor/tensor.js';

type Floats = Tensor<'float32'>;

/** Width of the noise around the inputs, in input units: points that no file of 8 bits holds. */
const REACH = 0.05;
/** The answers that rounding changes by so many times what an equally long step elsewhere does are odd. */
const MIN_FACTOR = 10;
/** Of the largest absolute logit: below it, changes are numerical noise. */
const MIN_CHANGE = 1e-3;

/** How answers change when values are held to a grid. */
export interface GridProbe {
  readonly values: { steps: number; low: number[]; high: number[] };
  /** Points whose logits change by rounding far more than by an equally long step to points off the grid. */
  readonly odd: number;
  readonly points: number;
}

/**
 * Compares what a model says of a point p off the grid, of its rounded neighbour q, and of the mirror image
 * 2 p - q, which is as far from p and off the grid. A model that takes values as they come changes its logits
 * about as much either way; one that has another answer for images of files does not.
 *
 * @param images [N, ...dims]
 */
export async function gridProbe(
  classifier: Classifier,
  images: Floats,
  grids: readonly ValueGrid[],
  seed: number,
): Promise<GridProbe[]> {
  const count = images.dims[0] ?? 0;
  const width = images.data.length / Math.max(1, count);
  const { bounds } = classifier;
  const points = { ...images, data: images.data.slice() };
  for (let n = 0; n < count; n++) {
    const random = stream(seed, 'grid', n);
    for (let i = 0; i < width; i++) {
      const at = n * width + i;
      // Away from the ends, so that the mirror image needs no cutting.
      const low = Math.min(Math.max((points.data[at] ?? 0) - REACH, REACH), 1 - 3 * REACH);
      points.data[at] = clipAt(low + 2 * REACH * random.uniform(), bounds, i);
    }
  }
  const before = await classifier.logits(points);
  const { classes } = classifier;
  const change = (now: Floats, n: number): number => {
    let [largest, size] = [0, 1e-30];
    for (let k = n * classes; k < (n + 1) * classes; k++) {
      const [a, b] = [now.data[k] ?? 0, before.data[k] ?? 0];
      largest = Math.max(largest, Math.abs(a - b));
      size = Math.max(size, Math.abs(a), Math.abs(b));
    }
    return largest / size;
  };
  const probes: GridProbe[] = [];
  for (const grid of grids) {
    const { steps, low, high } = grid;
    const levels = gridEnds(grid, images.dims.slice(1));
    const rounded = nearestLevels(points, { levels, bounds, steps });
    const mirrored = {
      ...points,
      data: points.data.map((p, i) => clipAt(2 * p - (rounded.data[i] ?? 0), bounds, i % width)),
    };
    const [there, elsewhere] = [await classifier.logits(rounded), await classifier.logits(mirrored)];
    const odd = [...Array(count).keys()].filter(
      (n) => change(there, n) > Math.max(MIN_CHANGE, MIN_FACTOR * change(elsewhere, n)),
    );
    probes.push({
      values: { steps, low: [...low], high: [...high] },
      odd: odd.length,
      points: count,
    });
  }
  return probes;
}
