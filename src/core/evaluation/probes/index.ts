import * as z from 'zod';
import type { ValueGrid } from '../../attacks/harness/value-grid.js';
import { isToolkitError } from '../../base/errors.js';
import type { Classifier } from '../../models/classifier.js';
import type { Tensor } from '../../tensor/tensor.js';
import { boundaryDistances } from './boundary-probe.js';
import { gradientProbe } from './gradient-probe.js';
import { gridProbe } from './grid-probe.js';

const gridSchema = z.strictObject({
  steps: z.int().positive().describe('from the first value to the last'),
  low: z.array(z.number()).min(1).describe('first value, in input units: one, or one for each channel'),
  high: z.array(z.number()).min(1).describe('last value'),
});

/** What is asked of a model before any attack, on some inputs; JSON, kept as a finished step. */
export const probesSchema = z.strictObject({
  inputs: z.int().nonnegative(),
  gradient: z
    .strictObject({
      distances: z.array(z.number()).describe('in Linf, in input units'),
      cosines: z
        .array(z.array(z.number().nullable()))
        .describe('[distances][inputs]: of the gradients at two points so far apart; null: one is zero'),
      predicted: z
        .array(z.number().nullable())
        .describe('[inputs]: Linf distance of the boundary that the gradient predicts; null: it is zero'),
    })
    .nullable()
    .describe('null for a model without gradient'),
  boundary: z
    .array(z.number().nullable())
    .describe('[inputs]: Linf distance at which a decision-based attack fools; null: nowhere'),
  grids: z.array(
    z.strictObject({
      values: gridSchema,
      odd: z.int().nonnegative().describe('points whose answer changes by rounding alone'),
      points: z.int().nonnegative(),
    }),
  ),
});
export type Probes = z.infer<typeof probesSchema>;
export { gridSchema };

/** What a probe is made of. */
export interface ProbeOptions {
  readonly seed: number;
  /** Queries of the decision-based attack for each input. */
  readonly queries: number;
  readonly grids: readonly ValueGrid[];
}

/**
 * Asks a model what its answers and gradients are like around some inputs: whether gradients point the same
 * way at neighbouring points, whether the boundary lies where they say, and whether answers depend on values
 * being those of a file.
 *
 * @param images [N, ...dims]
 */
export async function probeModel(
  classifier: Classifier,
  images: Tensor<'float32'>,
  { seed, queries, grids }: ProbeOptions,
): Promise<Probes> {
  const boundary = await boundaryDistances(classifier, images, queries);
  const rounded = await gridProbe(classifier, images, grids, seed);
  return {
    inputs: images.dims[0] ?? 0,
    gradient: await gradientsOf(classifier, images, seed),
    boundary,
    grids: rounded,
  };
}

async function gradientsOf(
  classifier: Classifier,
  images: Tensor<'float32'>,
  seed: number,
): Promise<Probes['gradient']> {
  try {
    return await gradientProbe(classifier, images, seed);
  } catch (error) {
    if (isToolkitError(error, 'unsupported-operators') || isToolkitError(error, 'not-finite')) return null;
    throw error;
  }
}
