import { z } from 'zod';
import { rateSchema } from '../core/base/rate-schema.js';
import { formatSchema } from './terminal/format-json.js';

/**
 * The JSON that commands write with `--json`, field by field in docs/cli.md. A change that could break a reader raises the
 * number at the end of `schema`.
 */
const versionsSchema = z.strictObject({ foolproof: z.string(), node: z.string(), onnxruntime: z.string() });

const parametersSchema = z.strictObject({
  stored: z.int().nonnegative().describe('numbers that the file holds'),
  virtual: z.int().nonnegative().describe('numbers that the network computes with'),
});

const reshapingSchema = z.strictObject({ name: z.string(), parameters: z.record(z.string(), z.number()) });

const modelSchema = z.strictObject({
  path: z.string(),
  sha256: z.string().describe('of the file'),
  bytes: z.int().positive(),
  reshapings: z.record(z.string(), z.array(reshapingSchema)).describe('by weight, as the file records them'),
});

const queriesSchema = z.strictObject({
  forward: z.int().nonnegative().describe('images sent through the model'),
  gradient: z.int().nonnegative().describe('images whose gradient was asked for'),
});

export const attackReportSchema = z.strictObject({
  schema: z.literal('foolproof.attack/2'),
  versions: versionsSchema,
  model: modelSchema,
  source: modelSchema
    .extend({ queries: queriesSchema })
    .nullable()
    .describe('the model whose gradients were followed; null when it was the attacked one'),
  dataset: z.strictObject({
    name: z.string(),
    source: z.string(),
    testImages: z.int().positive().describe('images to choose from'),
  }),
  format: formatSchema
    .nullable()
    .describe('how the model takes its images; null when it simply takes those of the data'),
  samples: z.strictObject({
    count: z.int().positive().describe('images attacked'),
    seed: z.int().describe('of their choice, and of the attack'),
  }),
  attack: z.strictObject({
    name: z.string(),
    objective: z.string().nullable().describe('null when the attack follows none'),
    parameters: z
      .record(z.string(), z.union([z.number(), z.string()]))
      .describe('all of them, given or usual'),
    norm: z.enum(['Linf', 'L2', 'L1', 'L0']),
    budgetName: z.string(),
    rounding: z
      .int()
      .positive()
      .nullable()
      .describe('steps that judged images are rounded to; null for none'),
    batchSize: z.int().positive(),
  }),
  cleanAccuracy: rateSchema,
  points: z.array(
    z.strictObject({
      budget: z.number(),
      success: rateSchema.describe('prediction changed at this budget or a smaller one (Algorithm 1)'),
      successAtBudget: rateSchema.describe('prediction changed at exactly this budget'),
      robustAccuracy: rateSchema.describe('classified correctly before the attack and at this budget'),
      untouched: rateSchema.describe('came back unchanged at this budget: the attack did nothing to them'),
    }),
  ),
  zeroGradients: z
    .strictObject({
      elements: z.number().min(0).max(1).describe('share of input elements with a gradient of exactly zero'),
      inputs: rateSchema.describe('images whose whole gradient is exactly zero'),
    })
    .nullable()
    .describe('null when the attack does not start from one gradient for all budgets'),
  stuck: rateSchema
    .nullable()
    .describe('not fooled, and no admissible element or no slope was left; null when the attack cannot say'),
  distances: z
    .strictObject({ count: z.int().positive(), quantiles: z.record(z.string(), z.number()) })
    .nullable()
    .describe('sizes of what first fooled the model, in the norm of the attack; null when nothing did'),
  queries: queriesSchema,
});

export const trainReportSchema = z.strictObject({
  schema: z.literal('foolproof.train/1'),
  versions: versionsSchema,
  model: z.strictObject({ path: z.string(), bytes: z.int().positive() }),
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

export type AttackReport = z.infer<typeof attackReportSchema>;
export type TrainReport = z.infer<typeof trainReportSchema>;
