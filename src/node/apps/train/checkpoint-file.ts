import { rm } from 'node:fs/promises';
import { isToolkitError } from '../../../core/base/errors.js';
import { type CheckpointStore, decodeCheckpoint } from '../../../core/training/checkpoint.js';
import { readFileBytes, writeAtomically } from '../../store/files.js';

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
export async function checkpointSteps(
  store: CheckpointStore,
  key: string,
): Promise<number | 'none' | 'other'> {
  const bytes = await store.load();
  if (!bytes) return 'none';
  return decodeCheckpoint(bytes, key)?.header.step ?? 'other';
}
