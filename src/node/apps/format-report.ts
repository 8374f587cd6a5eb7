import * as z from 'zod';
import { rateSchema } from '../../core/base/rate-schema.js';
import { channelOrders, type Format, layoutNames } from '../../core/formats/index.js';
import { heads } from '../../core/models/logits-head.js';
import { origins } from '../../core/models/preprocessing/input-format.js';

const preprocessingSchema = z.strictObject({
  layout: z.enum(layoutNames),
  channelOrder: z.enum(channelOrders),
  scale: z.number().describe('the model is given (scale * x - mean) / std for x in [0, 1]'),
  mean: z.array(z.number()),
  std: z.array(z.number()),
});

const originSchema = z.enum(origins);

/**
 * The input format and class order of a model, in the JSON of commands; docs/cli.md
 * explains it field by field.
 */
export const formatSchema = z.strictObject({
  preprocessing: preprocessingSchema,
  output: z
    .strictObject({
      name: z.string().nullable().describe('that holds the classes; null where the file has no other'),
      others: z.array(z.string()),
      head: z.enum(heads),
      single: z.boolean().describe('one number for two classes: the logits are [0, z]'),
    })
    .describe('which numbers of the file are its classes'),
  labelMap: z.array(z.int().nonnegative()).describe("for each class of the data the model's class"),
  origins: z.strictObject({
    layout: originSchema,
    channelOrder: originSchema,
    values: originSchema,
    labels: originSchema,
  }),
  accuracy: rateSchema.describe('on the images that it was tried on'),
  accuracyInDataOrder: rateSchema
    .nullable()
    .describe("with the data's own order of classes; null where it was kept"),
  chance: z.number().min(0).max(1).describe('share of the commonest class among these images'),
  aboveChance: z.boolean().describe('whether the interval of the accuracy lies above chance'),
  candidates: z.array(
    z.strictObject({ name: z.string(), preprocessing: preprocessingSchema, accuracy: rateSchema }),
  ),
  tied: z
    .array(
      z.strictObject({
        name: z.string(),
        preprocessing: preprocessingSchema,
        accuracy: rateSchema,
        chosen: rateSchema.describe('of the chosen format on the same images'),
        budgetRatio: z.number().describe('times a budget means more to the model than in the chosen format'),
      }),
    )
    .describe('candidates that the images do not tell from the chosen one'),
});

/** The input format and class order of a model as JSON. */
export type FormatReport = z.infer<typeof formatSchema>;

/** The JSON of a format. */
export function formatReportOf(format: Format): FormatReport {
  const { output, labelMap, accuracy, accuracyInDataOrder, chance, aboveChance, candidates } = format;
  const plain = ({ layout, channelOrder, scale, mean, std }: Format['preprocessing']) => ({
    layout,
    channelOrder: channelOrder ?? ('RGB' as const),
    scale,
    mean: [...mean],
    std: [...std],
  });
  return {
    preprocessing: plain(format.preprocessing),
    output: { name: output.name, others: [...output.others], head: output.head, single: output.single },
    labelMap: [...labelMap],
    origins: format.origins,
    accuracy,
    accuracyInDataOrder,
    chance,
    aboveChance,
    tied: format.tied.map(({ name, preprocessing, accuracy: rate, chosen, budgetRatio }) => ({
      ...{ name, preprocessing: plain(preprocessing), accuracy: rate, chosen, budgetRatio },
    })),
    candidates: candidates.map(({ name, preprocessing, accuracy: rate }) => ({
      name,
      preprocessing: plain(preprocessing),
      accuracy: rate,
    })),
  };
}
