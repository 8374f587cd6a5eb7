import { clipAt } from '../../attacks/harness/bounds.js';
import { rowOf } from '../../attacks/harness/rows.js';
import { likeliestOthers } from '../../attacks/search/lead.js';
import { stream } from '../../base/random.js';
import type { Classifier } from '../../models/classifier.js';
import { argMax } from '../../tensor/floats.js';
import type { Tensor } from '../../tensor/tensor.js';

type Floats = Tensor<'float32'>;

/**
 * Distances in Linf, in input units, at which gradients are compared: far below anything that an eye or a
 * file of 8 bits can tell, up to what attacks are allowed.
 */
export const PROBED_DISTANCES: readonly number[] = [1e-4, 1e-3, 1e-2, 1e-1];

/** Classes whose distance is predicted: the likeliest others. */
const MAX_RIVALS = 3;

/** What the gradients at some inputs look like. */
export interface GradientProbe {
  readonly distances: number[];
  /**
   * [distances][inputs]: cosine of the gradients at two points that far apart;
   * null where one of them is zero.
   */
  readonly cosines: (number | null)[][];
  /**
   * [inputs]: the Linf distance to the boundary that its gradient predicts: margin over the L1 norm of
   * the margin's gradient, the smallest over the likeliest other classes; null where all of them are zero.
   */
  readonly predicted: (number | null)[];
}

/**
 * Compares the gradient of the margin, from the predicted class to the next, at points near each other: a
 * point of a cube around the input, and others that are a given distance from it.
 *
 * @param images [N, ...dims]
 * @throws ToolkitError `unsupported-operators`, `not-finite`
 */
export async function gradientProbe(
  classifier: Classifier,
  images: Floats,
  seed: number,
): Promise<GradientProbe> {
  const count = images.dims[0] ?? 0;
  const logits = await classifier.logits(images);
  const own = argMax(logits);
  const rivals = Array.from(own, (label, n) => likeliestOthers(logits, n, label, MAX_RIVALS));
  const steepness = (rank: number) => marginGradient(classifier, images, own, rivals, rank);
  const ranks = [...Array(Math.min(MAX_RIVALS, classifier.classes - 1)).keys()];
  const gradients: Floats[] = [];
  for (const rank of ranks) gradients.push(await steepness(rank));
  const z = (n: number, k: number) => logits.data[n * classifier.classes + k] ?? Number.NaN;
  const predicted = Array.from(own, (label, n): number | null => {
    const distances = ranks.map((rank) => {
      const margin = z(n, label) - z(n, rivals[n]?.[rank] ?? label);
      const gradient = gradients[rank];
      return margin / (gradient ? l1(rowOf(gradient, n)) : 0);
    });
    const nearest = Math.min(...distances.filter((distance) => !Number.isNaN(distance)));
    return Number.isFinite(nearest) ? nearest : null;
  });
  // Off the input itself: there, at the ends of the range of values and on the grid of a file, models may be
  // special.
  const middle = shifted(classifier, images, PROBED_DISTANCES.at(-1) ?? 0, seed, 'middle');
  const there = await marginGradient(classifier, middle, own, rivals, 0);
  const cosines: (number | null)[][] = [];
  for (const distance of PROBED_DISTANCES) {
    const near = shifted(classifier, middle, distance, seed, `distance ${distance}`);
    const here = await marginGradient(classifier, near, own, rivals, 0);
    cosines.push(Array.from({ length: count }, (_, n) => cosine(rowOf(there, n), rowOf(here, n))));
  }
  return { distances: [...PROBED_DISTANCES], cosines, predicted };
}

/** Gradient of `z_y - z_k` for the rival of a rank, of the images' shape. */
async function marginGradient(
  classifier: Classifier,
  images: Floats,
  own: Int32Array,
  rivals: readonly (readonly number[])[],
  rank: number,
): Promise<Floats> {
  const { classes } = classifier;
  const data = new Float32Array(own.length * classes);
  own.forEach((label, n) => {
    data[n * classes + label] = 1;
    data[n * classes + (rivals[n]?.[rank] ?? label)] = -1;
  });
  const { gradients } = await classifier.vjp(images, [
    { dtype: 'float32', dims: [own.length, classes], data },
  ]);
  const [gradient] = gradients;
  if (!gradient) throw new Error('a vector-Jacobian product without a gradient');
  return gradient;
}

/** Uniform noise in a cube, cut to the bounds; each input has draws of its own. */
function shifted({ bounds }: Classifier, images: Floats, reach: number, seed: number, name: string): Floats {
  const count = images.dims[0] ?? 0;
  const width = images.data.length / Math.max(1, count);
  const data = images.data.slice();
  for (let n = 0; n < count; n++) {
    const random = stream(seed, 'probe', name, n);
    for (let i = 0; i < width; i++) {
      const at = n * width + i;
      data[at] = clipAt((data[at] ?? 0) + reach * (2 * random.uniform() - 1), bounds, i);
    }
  }
  return { ...images, data };
}

const l1 = (values: Float32Array): number => values.reduce((sum, value) => sum + Math.abs(value), 0);

function cosine(a: Float32Array, b: Float32Array): number | null {
  let [product, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    product += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? product / Math.sqrt(aa * bb) : null;
}
