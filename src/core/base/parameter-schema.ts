import * as z from 'zod';

/** Values of parameters by name, as results and metadata hold them. */
export const parameterValuesSchema = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));
