import * as z from 'zod';

/** A number in [0, 1]. */
export const shareSchema = z.number().min(0).max(1);

/** A rate in a JSON file, which always carries its count and its 95 % Wilson interval. */
export const rateSchema = z
  .strictObject({
    count: z.int().nonnegative().describe('how many'),
    total: z.int().nonnegative().describe('of how many'),
    value: shareSchema.nullable().describe('count / total; null when total is 0'),
    low: shareSchema.nullable().describe('lower end of the 95 % Wilson interval'),
    high: shareSchema.nullable().describe('upper end of the 95 % Wilson interval'),
  })
  .describe('a share with its count and 95 % Wilson interval');
