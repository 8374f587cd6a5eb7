import * as z from 'zod';
import { rateSchema } from '../../../core/base/rate-schema.js';
import { versionsSchema } from '../versions.js';

const parametersSchema = z.strictObject({
  stored: z.int().nonnegative().describe('numbers that the file holds'),
  virtual: z.int().nonnegative().describe('numbers that the network computes with'),
});

/**
 * What a training results in, field by field in docs/cli.md. A change that could break a reader raises the
 * number at the end of `schema`.
 */
export const trainReportSchema = z.strictObject({
  schema: z.literal('foolproof.train/1'),
  versions: versionsSchema,
  model: z.strictObject({
    path: z.string().nullable().describe('null when it was not written'),
    bytes: z.int().positive(),
  }),
  architecture: z.string(),
  kernel: z.int().positive(),
  compression: z.string(),
  parameters: parametersSchema,
  dataset: z.strictObject({
    name: z.string(),
    source: z.string(),
    trainImages: z.int().positive().describe('images trained on'),
    testImages: z.int().nonnegative().describe('images that accuracy is measured on'),
  }),
  plan: z.strictObject({
    epochs: z.int().positive(),
    batchSize: z.int().positive(),
    optimizer: z.string(),
    learningRate: z.number().positive(),
    schedule: z.string(),
    seed: z.int().nonnegative(),
    weightDecay: z.number().positive().optional().describe('absent without weight decay'),
    augmentation: z.string().optional().describe('absent without augmentation'),
    adversary: z.string().optional().describe('absent without adversarial training'),
    distillation: z.number().optional().describe('temperature; absent without distillation'),
  }),
  history: z.array(z.strictObject({ images: z.int(), loss: z.number(), accuracy: z.number() })),
  testAccuracy: rateSchema,
});

/** The JSON of `foolproof train`. */
export type TrainReport = z.infer<typeof trainReportSchema>;
