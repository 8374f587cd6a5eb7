import type { Split } from '../datasets/dataset.js';
import { splitDigest } from '../datasets/digest.js';
import { isToolkitError, ToolkitError } from '../errors.js';
import { buildModel } from '../models/build.js';
import type { Architecture } from '../models/notation.js';
import { reshapeAll } from '../reshaping/index.js';
import { nodeRuntime } from '../runtime/node.js';
import { contentKey } from '../store/keys.js';
import { type FitResult, fit } from '../training/fit.js';
import { imagesInAll, type TrainingPlan } from '../training/plan.js';
import { checkpointFile, checkpointSteps } from './checkpoint-file.js';
import type { DataOptions } from './data.js';
import { count, percent } from './format.js';
import type { Io, Talk } from './io.js';
import { imagesAfter, type ModelFlags, type PlanFlags } from './training-flags.js';
import { versions } from './version.js';

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
  const model = reshapeAll(buildModel(architecture, { seed: options.seed }), options.compression, options.seed);
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
  if (found === 'other') say(`${path} belongs to another training or is damaged; starting anew, it will be replaced`);
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
