import { createHash } from 'node:crypto';
import type { Dataset, Split } from '../../core/data/dataset.js';

/** SHA-256 of the images and labels themselves: the content behind a name or a path may change. */
export function splitDigest(split: Split): string {
  const hash = createHash('sha256').update(JSON.stringify([split.count, split.dims, split.classes]));
  for (let start = 0; start < split.count; start += 500) {
    const indices = Array.from({ length: Math.min(500, split.count - start) }, (_, i) => start + i);
    const { images, labels } = split.batch(indices);
    hash.update(new Uint8Array(images.data.buffer)).update(new Uint8Array(labels.data.buffer));
  }
  return hash.digest('hex');
}

/** SHA-256 of both splits of a data set. */
export const datasetDigest = ({ train, test }: Pick<Dataset, 'train' | 'test'>): string =>
  createHash('sha256').update(splitDigest(train)).update(splitDigest(test)).digest('hex');
