import { toolkitVersion } from '../../../core/base/toolkit-version.js';
import type { Batch } from '../../../core/data/dataset.js';
import { curveOf } from '../../../core/evaluation/attack-suite.js';
import { sourceKey } from '../../../core/evaluation/gradient-sources.js';
import { type ModelTrial, runTrials } from '../../../core/evaluation/model-trials.js';
import { type Chunk, chunkSchema } from '../../../core/evaluation/trial-outcome.js';
import { type ModelUnderTest, modelKey } from '../../../core/models/model-under-test.js';
import { contentKey, sha256 } from '../../store/keys.js';
import type { RunAuditOptions } from './audit-options.js';

/** Raise it whenever code changes what a chunk results in. */
const VERSION = 3;

/** What the time may be overrun by before a chunk is given up: its inputs are lost, those before it are not. */
const GRACE = 1.25;

/** Aborts with the user's signal, or when a chunk that is not the first takes much longer than it should. */
export function chunkSignal(
  { signal, seconds }: RunAuditOptions,
  used: number,
  isFirst: boolean,
): AbortSignal | undefined {
  if (seconds === undefined || isFirst) return signal;
  const deadline = AbortSignal.timeout(Math.max(1, Math.round(1000 * (GRACE * seconds - used))));
  return signal ? AbortSignal.any([signal, deadline]) : deadline;
}

/** `from`: number of inputs before the chunk, so that random numbers do not depend on how time cut the inputs into chunks. */
type ChunkOptions = RunAuditOptions & { readonly seed: number; readonly from: number };

/** A chunk that was finished before, or a new one, kept. */
export async function keptChunk(
  model: ModelUnderTest,
  trials: readonly ModelTrial[],
  batch: Batch,
  options: ChunkOptions,
  onTrial: (trial: ModelTrial, index: number) => void,
): Promise<Chunk> {
  const { directory, norm, epsilon, runtime, rounding = null, seed, from } = options;
  const make = () =>
    runTrials(model, trials, batch, { ...options, epsilons: curveOf(epsilon, norm) }, onTrial);
  if (!directory) return make();
  const key = contentKey({
    version: VERSION,
    toolkit: toolkitVersion,
    engine: `${runtime.name} ${runtime.version} ${runtime.device}`,
    model: modelKey(model),
    images: sha256(new Uint8Array(batch.images.data.buffer)),
    labels: [...batch.labels.data],
    trials: trials.map(({ id, budgets, planned, source }) => ({
      id,
      role: planned.role,
      budgets: [...budgets],
      parameters: JSON.stringify(planned.parameters ?? {}),
      source: source ? sourceKey(source) : null,
    })),
    seed,
    from,
    rounding,
  });
  const step = directory.step('audit', key);
  const found = await step.load();
  const known = chunkSchema.safeParse(found?.meta.chunk);
  if (known.success) return known.data;
  const chunk = await make();
  await step.commit(new Map(), { chunk });
  return chunk;
}
