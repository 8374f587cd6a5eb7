import { rm } from 'node:fs/promises';
import type { ArtifactStore } from '../../store/artifact-store.js';
import { MemoryStore } from '../../store/memory-store.js';
import { RunDirectory } from '../../store/run-directory.js';
import type { TrainingStart } from './run-training.js';
import type { TrainOptions } from './train-options.js';

/** The folder beside a model in which its unfinished training is kept; memory where no model is written. */
export class UnfinishedTraining {
  private constructor(
    readonly path: string,
    readonly store: ArtifactStore,
    private readonly directory: RunDirectory | undefined,
    private readonly wasEmpty: boolean,
  ) {}

  /** @param out where the model is written @throws ToolkitError `run-in-use`, `file-unwritable` */
  static async open(out: string | undefined): Promise<UnfinishedTraining> {
    if (out === undefined) return new UnfinishedTraining('', new MemoryStore(), undefined, true);
    const path = `${out}.unfinished`;
    const directory = await RunDirectory.open(path);
    return new UnfinishedTraining(path, directory, directory, await directory.isEmpty());
  }

  /** Tells of a checkpoint, of this training or of another one. */
  tell(start: TrainingStart, total: number, { onCheckpoint }: Pick<TrainOptions, 'onCheckpoint'>): void {
    const { path } = this;
    if (start.found === 'checkpoint') onCheckpoint?.({ path, images: start.images, total });
    else if (start.found === 'nothing' && !this.wasEmpty) onCheckpoint?.({ path, images: null, total });
  }

  /** Leaves what there is to be resumed, if anything. */
  async close(): Promise<void> {
    if (await this.directory?.isEmpty()) await this.remove();
    else await this.directory?.close();
  }

  async remove(): Promise<void> {
    await this.directory?.close();
    if (this.directory) await rm(this.path, { recursive: true, force: true });
  }
}
