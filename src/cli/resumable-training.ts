import { isToolkitError, ToolkitError } from '../core/base/errors.js';
import type { Split } from '../core/data/dataset.js';
import { buildModel } from '../core/models/build-model.js';
import type { Architecture } from '../core/models/notation.js';
import { reshapeAll } from '../core/reshaping/index.js';
import { type FitResult, fit } from '../core/training/fit.js';
import { imagesInAll, type TrainingPlan } from '../core/training/training-plan.js';
import { splitDigest } from '../node/datasets/split-digest.js';
import { nodeRuntime } from '../node/runtime.js';
import { contentKey } from '../node/store/keys.js';
import { checkpointFile, checkpointSteps } from './checkpoint-file.js';
import { versions } from './engine-version.js';
import type { DataOptions } from './flags/data-flags.js';
import { imagesAfter, type ModelFlags, type PlanFlags } from './flags/training-flags.js';
import type { Io, Talk } from './terminal/io.js';
import { count, percent } from './terminal/terminal-text.js';

/** The flags of `foolproof train`. */
export interface TrainOptions extends DataOptions, PlanFlags, ModelFlags {
  readonly trainImages?: number;
  readonly out: string;
  readonly threads?: number;
  readonly checkpointEvery: number;
  readonly json?: string;
  readonly quiet?: boolean;
}

/** Trains, or goes on training, with a word about what the checkpoint holds. */
export async function trained(
  io: Io,
  { say, progress }: Talk,
  options: TrainOptions,
  architecture: Architecture,
  plan: TrainingPlan,
  split: Split,
): Promise<FitResult> {
  const model = reshapeAll(
    buildModel(architecture, { seed: options.seed }),
    options.compression,
    options.seed,
  );
  const path = checkpointPath(options);
  const store = checkpointFile(path);
  const runtime = await nodeRuntime();
  const { foolproof, onnxruntime } = versions(runtime);
  const reshaping = { name: options.compression.reshaping.name, ...options.compression.parameters };
  // Threads change the order in which the engine sums, hence the last bits of the result.
  const key = contentKey({
    notation: architecture.notation,
    layers: architecture.layers as never,
    reshaping,
    plan: { ...plan },
    data: splitDigest(split),
    threads: options.threads ?? null,
    foolproof,
    onnxruntime,
  });
  const found = await checkpointSteps(store, key);
  if (found === 'other')
    say(`${path} belongs to another training or is damaged; starting anew, it will be replaced`);
  const images = imagesInAll(plan, split.count);
  progress.begin(`training ${options.out}`, images, 'images');
  if (typeof found === 'number') {
    const done = imagesAfter(found, split.count, plan);
    say(`resuming at image ${count(done)} of ${count(images)} (${path})`);
  }
  const kind = plan.adversary === undefined ? '' : 'adversarial ';
  try {
    const result = await fit(model, split, {
      runtime,
      plan,
      signal: io.signal,
      checkpoint: { store, key, everySeconds: options.checkpointEvery },
      ...threadsOf(options),
      onProgress: ({ images: seen, loss, accuracy }) =>
        progress.advance(seen, `${kind}loss ${loss.toFixed(4)}, accuracy ${percent(accuracy)}`),
    });
    progress.end();
    return result;
  } catch (error) {
    if (!isToolkitError(error, 'interrupted')) throw error;
    const resume = `Checkpoint: ${path}. Run the same command to go on.`;
    throw new ToolkitError('interrupted', { what: 'training', resume }, { cause: error });
  } finally {
    progress.end('stopped');
  }
}

export const checkpointPath = ({ out }: TrainOptions): string => `${out}.checkpoint`;

export const threadsOf = (options: TrainOptions) => (options.threads ? { threads: options.threads } : {});
