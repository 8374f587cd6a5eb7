import { argMax } from '../../tensor/floats.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { AttackContext, Prepared } from '../attack.js';
import { everyRow, pickRows } from '../harness/rows.js';
import type { AttackTarget } from '../harness/target.js';

type Floats = Tensor<'float32'>;

/** What a search for minimal perturbations starts from. */
export interface Start {
  /** Classes to get away from, [N]: the predictions. */
  readonly labels: Int32Array;
  /** Of the originals, by the graph that judges: [N, classes]. */
  readonly logits: Floats;
}

/** What it ends with. */
export interface Found {
  /** [N, ...dims]; where nothing was found, the original or what came nearest to success. */
  readonly images: Floats;
  /** Inputs that no step could move, [N]. */
  readonly stuck: readonly boolean[];
}

/**
 * An attack that looks for one small perturbation of each input, whatever the budget, once the first budget
 * asks for it. Each budget is proposed the same; the harness projects it into the ball, where it fails if it
 * was too large. So a sweep at a large budget measures the distribution of minimal norms
 * (`SweepResult.distances`), and one at rising budgets the success curve.
 */
export const minimalNorm =
  <P>(search: (context: AttackContext<P>, start: Start) => Promise<Found>) =>
  async (context: AttackContext<P>): Promise<Prepared> => {
    const { images, target } = context;
    const logits = await target.logits(images, everyRow(images));
    const labels = context.labels ?? argMax(logits);
    let found: Found | undefined;
    return {
      async candidates(budget, rows) {
        // Nothing but the original has no size.
        if (budget === 0) return pickRows(images, rows);
        found ??= await search(context, { labels, logits });
        return pickRows(found.images, rows);
      },
      stuck: (row) => found?.stuck[row] === true,
    };
  };

/**
 * The class that each input has to beat where it is now: its label, or, where the criterion names a class to
 * reach, the most likely other one, for which the model is asked.
 *
 * @param images [M, ...dims]
 * @param rows the input that each is a version of, [M]
 * @param labels [N]
 */
export async function opponentsAt(
  { target, goal }: Pick<AttackContext, 'target' | 'goal'>,
  images: Floats,
  rows: readonly number[],
  labels: Int32Array,
): Promise<number[]> {
  if (!goal.towards) return rows.map((row) => labels[row]!);
  const logits = await target.logits(images, rows);
  return rows.map((row, at) => goal.opponent(logits, at, row, labels[row]!));
}

export interface Differences {
  /** [N, classes]. */
  readonly logits: Floats;
  /** Of the images' shape, one for each column of `others`: the gradient of `z_other - z_label`. */
  readonly gradients: readonly Floats[];
}

/**
 * Gradients of `z_k - z_y` for several other classes k of each input, from one forward pass.
 *
 * @param rows the input that each image is a version of, [N]
 * @param labels y, [N]
 * @param others k, [N][K]: the same number of classes for each input
 */
export async function logitDifferences(
  target: AttackTarget,
  images: Floats,
  rows: readonly number[],
  labels: ArrayLike<number>,
  others: readonly (readonly number[])[],
): Promise<Differences> {
  const dims = [images.dims[0]!, target.classes];
  const cotangents = others[0]!.map((_, j): Floats => {
    const data = new Float32Array(dims[0]! * dims[1]!);
    others.forEach((classes, n) => {
      data[n * target.classes + classes[j]!] = 1;
      data[n * target.classes + labels[n]!] = -1;
    });
    return { dtype: 'float32', dims, data };
  });
  const { logits, gradients } = await target.vjp(images, rows, cotangents);
  return { logits, gradients };
}
