import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Split } from '../datasets/dataset.js';
import { isToolkitError } from '../errors.js';
import { readFileBytes, writeAtomically } from '../store/files.js';
import { type CheckpointStore, decodeCheckpoint } from '../training/checkpoint.js';

/** A checkpoint in a file of its own, replaced at once and removed when the training is done. */
export const checkpointFile = (path: string): CheckpointStore => ({
  async load() {
    try {
      return await readFileBytes(path, 'a checkpoint');
    } catch (error) {
      if (isToolkitError(error, 'file-missing')) return undefined;
      throw error;
    }
  },
  save: (bytes) => writeAtomically(path, bytes),
  clear: () => rm(path, { force: true }),
});

/** What a checkpoint holds for this training: its number of steps, nothing, or something else that will be replaced. */
export async function checkpointSteps(store: CheckpointStore, key: string): Promise<number | 'none' | 'other'> {
  const bytes = await store.load();
  if (!bytes) return 'none';
  return decodeCheckpoint(bytes, key)?.header.step ?? 'other';
}

/** SHA-256 of the images and labels themselves: a path says nothing about what lies there today. */
export function splitHash(split: Split): string {
  const hash = createHash('sha256').update(JSON.stringify([split.count, split.dims, split.classes]));
  for (let start = 0; start < split.count; start += 500) {
    const indices = Array.from({ length: Math.min(500, split.count - start) }, (_, i) => start + i);
    const { images, labels } = split.batch(indices);
    hash.update(new Uint8Array(images.data.buffer)).update(new Uint8Array(labels.data.buffer));
  }
  return hash.digest('hex');
}
