import { z } from 'zod';

/** Hexadecimal SHA-256. */
export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

/**
 * A data set as steps name it. The digest decides which data are meant; the name says where a
 * machine may find them that does not have them at hand: `mnist` and `cifar10` can be loaded
 * anywhere, others lie in the store.
 */
export const dataReferenceSchema = z.strictObject({
  name: z.string(),
  digest: hashSchema.describe('of all images and labels, see `datasetDigest`'),
});

export type DataReference = z.infer<typeof dataReferenceSchema>;
