import * as z from 'zod';
import { rateSchema } from '../../../core/base/rate-schema.js';
import { historySchema, sizeSchema } from '../../work/kinds/result-schemas.js';
import { planSchema } from '../../work/kinds/train-step.js';
import { versionsSchema } from '../versions.js';

const measured = {
  bytes: z.int().positive().describe('size of the file'),
  size: sizeSchema,
  testAccuracy: rateSchema,
};

/**
 * What a compression results in, field by field in docs/cli.md. A change that could break a reader raises the
 * number at the end of `schema`.
 */
export const compressReportSchema = z.strictObject({
  schema: z.literal('foolproof.compress/1'),
  versions: versionsSchema,
  model: z.strictObject({ path: z.string(), sha256: z.string(), ...measured }),
  dataset: z.strictObject({
    name: z.string(),
    source: z.string(),
    trainImages: z.int().nonnegative().describe('images that it was calibrated and fine-tuned on'),
    testImages: z.int().nonnegative().describe('images that accuracy is measured on'),
  }),
  seed: z.int().nonnegative(),
  finetuning: planSchema.nullable().describe('null without fine-tuning'),
  compressed: z.array(
    z.strictObject({
      path: z.string().nullable().describe('null when it was not written'),
      compression: z.string().describe('of the weights'),
      activations: z.string().describe('none where they are floating-point numbers'),
      ...measured,
      history: historySchema,
    }),
  ),
});

/** The JSON of `foolproof compress`. */
export type CompressReport = z.infer<typeof compressReportSchema>;
