import { sweep } from '../../attacks/index.js';
import { rays } from '../../attacks/rays.js';
import type { Classifier } from '../../models/classifier.js';
import { objectives } from '../../models/objectives/index.js';
import type { Tensor } from '../../tensor/tensor.js';

/** A budget at which RayS never stops early: it goes on to the end of its queries. */
const TINY = 1e-6;

/**
 * The Linf distance at which a decision-based attack fools the model, for each input: not less than that of
 * the boundary. Null where it finds nothing at all.
 */
export async function boundaryDistances(
  classifier: Classifier,
  images: Tensor<'float32'>,
  queries: number,
): Promise<(number | null)[]> {
  const count = images.dims[0] ?? 0;
  const [low, high] = classifier.bounds;
  const { distances } = await sweep({
    attack: rays,
    classifier,
    objective: objectives.margin,
    parameters: { queryBudget: queries },
    images,
    labels: new Int32Array(count),
    budgets: [TINY, high - low],
  });
  return Array.from(distances, (distance) => (Number.isFinite(distance) ? distance : null));
}
