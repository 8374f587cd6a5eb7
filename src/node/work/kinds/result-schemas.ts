import { z } from 'zod';
import { rateSchema, shareSchema as share } from '../../../core/base/rate-schema.js';

/**
 * What steps measure, in the words and shapes of `results.json`: its schema is composed of these, and so are
 * the outputs of the kinds.
 */
export const histogramSchema = z
  .strictObject({
    edges: z.array(z.number()).describe('n + 1 bin edges, rising'),
    counts: z.array(z.int().nonnegative()).describe('n counts'),
  })
  .refine((h) => h.edges.length === h.counts.length + 1, 'a histogram needs one more edge than counts');

export const quantilesSchema = z
  .record(z.string(), z.number())
  .describe('probability ("0.5" is the median) to value');

export const historySchema = z
  .array(z.strictObject({ images: z.int(), loss: z.number(), accuracy: share }))
  .describe('training loss and training accuracy, each the mean since the point before');

/** A training. */
export const trainedSchema = z.strictObject({
  bytes: z.int().positive().describe('size of that file'),
  images: z.int().positive().describe('training images seen, repetitions included'),
  history: historySchema,
  stored: z.int().positive(),
  virtual: z.int().positive(),
});

const bytes = z.int().nonnegative();

/** What the parameters of a model take. */
export const sizeSchema = z.strictObject({
  plain: bytes.describe('bytes as 32-bit numbers, every weight written out'),
  stored: bytes.describe('bytes of the tensors in the file'),
  entropyCoded: bytes.describe('bytes with Huffman-coded weights, their tables counted'),
  parameters: z.strictObject({
    stored: bytes.describe('numbers that the file holds'),
    virtual: bytes.describe('numbers that the network computes with'),
  }),
});

/** A compression. */
export const compressedSchema = z.strictObject({
  bytes: z.int().positive().describe('size of the file'),
  images: z.int().nonnegative().describe('training images seen, repetitions included'),
  history: historySchema,
  before: sizeSchema,
  after: sizeSchema,
});

/** An attack over its budgets. */
export const attackedSchema = z.strictObject({
  norm: z.enum(['Linf', 'L2', 'L1', 'L0']),
  points: z.array(
    z.strictObject({
      budget: z.number(),
      success: rateSchema.describe('Algorithm 1: fooled at this budget or a smaller one'),
      successAtBudget: rateSchema.describe('fooled at exactly this budget'),
      robustAccuracy: rateSchema.describe('classified correctly before and after the attack at this budget'),
      untouched: rateSchema.describe(
        'inputs that came back unchanged at this budget: the attack did nothing to them',
      ),
    }),
  ),
  zeroGradientElements: share
    .nullable()
    .describe(
      'share of input elements whose gradient is exactly zero; null when this attack asked for no gradient',
    ),
  zeroGradientInputs: rateSchema
    .nullable()
    .describe(
      'inputs whose whole gradient is exactly zero: a gradient attack cannot move them; null when this ' +
        'attack asked for no gradient',
    ),
  stuck: rateSchema
    .nullable()
    .describe(
      'inputs not fooled for which the attack found no admissible element before its largest budget was ' +
        'used up; null for attacks that cannot say',
    ),
});

/** The mean absolute gradient of each input. */
export const gradientsSchema = z.strictObject({
  images: z.int().describe('zeros + below + above + nonFinite + all bins'),
  zeros: z
    .int()
    .nonnegative()
    .describe('inputs whose mean absolute gradient is exactly zero; they are in no bin'),
  below: z.int().nonnegative().describe('inputs below the first bin edge, but not zero'),
  above: z.int().nonnegative().describe('inputs above the last bin edge, but finite'),
  nonFinite: z
    .int()
    .nonnegative()
    .describe('inputs whose mean absolute gradient is infinite or not a number'),
  histogram: histogramSchema.describe('bins of log10 of the mean absolute gradient of each input'),
  quantiles: quantilesSchema.describe(
    'probability ("0.5" is the median) to mean absolute gradient, over all finite values, zeros ' +
      'included; empty when there are none',
  ),
});

/** The weights of a layer, or of all. */
export const weightsSchema = z.strictObject({
  layer: z.string().describe('a weight, or "all"'),
  count: z.int(),
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  standardDeviation: z.number(),
  quantiles: quantilesSchema,
  histogram: histogramSchema.describe(
    'of the central weights; the few outside the edges are in no bin, see min and max',
  ),
});

export const galleryItemsSchema = z
  .array(
    z.strictObject({
      index: z.int().describe('index in the test set'),
      label: z.int(),
      clean: z.int().describe('prediction before'),
      adversarial: z.int().describe('prediction after, at exactly this budget'),
      confidence: share.describe('softmax probability of the adversarial prediction'),
    }),
  )
  .describe(
    'of each class the first attacked input that was classified correctly and is fooled at this budget',
  );
