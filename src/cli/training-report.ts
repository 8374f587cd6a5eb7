import { rm } from 'node:fs/promises';
import { isToolkitError, ToolkitError } from '../core/base/errors.js';
import type { Dataset } from '../core/data/dataset.js';
import { imagesInAll, type TrainingPlan } from '../core/training/training-plan.js';
import { type TrainedModel, type TrainingStart, trainModel } from '../node/apps/train/train-model.js';
import { nodeRuntime } from '../node/runtime.js';
import { writeAtomically } from '../node/store/files.js';
import { RunDirectory } from '../node/store/run-directory.js';
import type { DataOptions } from './flags/data-flags.js';
import type { ModelFlags, PlanFlags } from './flags/training-flags.js';
import type { Io, Talk } from './terminal/io.js';
import { count } from './terminal/terminal-text.js';

/** The flags of `foolproof train`. */
export interface TrainOptions extends DataOptions, PlanFlags, ModelFlags {
  readonly trainImages?: number;
  readonly out: string;
  readonly threads?: number;
  readonly checkpointEvery: number;
  readonly json?: string;
  readonly quiet?: boolean;
}

/** Where the unfinished training of a model is kept. */
export const unfinishedPath = ({ out }: Pick<TrainOptions, 'out'>): string => `${out}.unfinished`;

/**
 * Trains, or resumes a training, with a word about what was found, and writes the model. What is unfinished lies beside it and
 * goes when all is done.
 *
 * @throws ToolkitError as `trainModel`; `run-in-use` while another process trains the same model
 */
export async function trainInto(
  io: Io,
  { say, progress }: Talk,
  options: TrainOptions,
  plan: TrainingPlan,
  data: Dataset,
): Promise<TrainedModel> {
  const { out, arch, kernel, compression, threads, trainImages } = options;
  const path = unfinishedPath(options);
  const directory = await RunDirectory.open(path);
  let isWritten = false;
  try {
    const trained = await trainModel({
      runtime: await nodeRuntime(),
      data,
      architecture: arch,
      kernel,
      compression: compression.text,
      plan,
      directory,
      title: `training ${out}`,
      checkpointSeconds: options.checkpointEvery,
      onStart: (start) => tell(start, say, path, imagesInAll(plan, trainImages ?? data.train.count)),
      onTrained: async (model) => {
        await writeAtomically(out, model);
        isWritten = true;
      },
      progress,
      signal: io.signal,
      ...(threads !== undefined && { threads }),
      ...(trainImages !== undefined && { images: trainImages }),
    });
    await directory.close();
    await rm(path, { recursive: true, force: true });
    return trained;
  } catch (error) {
    if (await directory.isEmpty()) await rm(path, { recursive: true, force: true });
    if (!isToolkitError(error, 'interrupted') && !io.signal.aborted) throw error;
    const what = isWritten ? 'measuring' : 'training';
    const resume = isWritten
      ? `${out} is complete; only its accuracy was not measured.`
      : `Checkpoint: ${path}. Run the same command to go on.`;
    throw new ToolkitError('interrupted', { what, resume }, { cause: error });
  } finally {
    progress.end('stopped');
    await directory.close();
  }
}

function tell(start: TrainingStart, say: Talk['say'], path: string, total: number): void {
  if (start.found === 'another training')
    say(`${path} belongs to another training or is damaged; starting anew, it will be removed`);
  if (start.found === 'checkpoint')
    say(`resuming at image ${count(start.images)} of ${count(total)} (${path})`);
}
