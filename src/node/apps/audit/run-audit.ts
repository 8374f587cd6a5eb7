import { epsilonL2, epsilonLinf } from '../../../core/attacks/harness/epsilon.js';
import { ToolkitError } from '../../../core/base/errors.js';
import { silent } from '../../../core/base/progress.js';
import { shuffledTest } from '../../../core/data/sampling.js';
import { type AuditNorm, curveOf, suite } from '../../../core/evaluation/attack-suite.js';
import { sourcesFor } from '../../../core/evaluation/gradient-sources.js';
import { type ModelTrial, trialsOf } from '../../../core/evaluation/model-trials.js';
import type { Chunk } from '../../../core/evaluation/trial-outcome.js';
import type { ModelUnderTest } from '../../../core/models/model-under-test.js';
import { assemble } from './assemble-results.js';
import { chunkSignal, keptChunk } from './audit-chunks.js';
import {
  type AuditOutcome,
  DEFAULT_SAMPLES,
  DEFAULT_THRESHOLD,
  type RunAuditOptions,
} from './audit-options.js';
import { chosenEffort } from './effort.js';
import { measurePace, type Refusals } from './throughput.js';
import { Schedule } from './time-schedule.js';

/**
 * Audits prepared classifiers: makes every attack of a suite on the same inputs of every model, chunk by chunk for as long as there is time, and
 * says what the attacks mean together. A finished chunk is kept in the run directory; the same audit goes on from there.
 *
 * After the signal it ends with the chunks that are finished, if there is one.
 *
 * @throws ToolkitError `unsupported-operators`, `not-finite`; `interrupted` when not even one chunk was finished; `bad-value` for
 *   an epsilon that the norm does not know, `nothing-to-do` without inputs
 */
export async function runAudit(options: RunAuditOptions): Promise<AuditOutcome> {
  const { models, data, norm, epsilon, seed = 1 } = options;
  const indices = options.indices ?? shuffledTest(data, DEFAULT_SAMPLES, seed);
  check(norm, epsilon, indices);
  const { progress = silent, signal } = options;
  const sources = new Map(models.map((model) => [model, sourcesFor(model, models)]));
  const epsilons = curveOf(epsilon, norm);
  const schedule = new Schedule(options.seconds, { most: mostInputs(models) });
  const pace = await measurePace(sources, data, norm);
  const effort = options.planned ? null : await chosenEffort(options, pace, epsilons.length);
  const planned = options.planned ?? suite(norm, effort!);
  const worst = pace.worst(planned, epsilons.length);
  const trials = models.map((model) =>
    possible(
      trialsOf(model, sources.get(model) ?? [], planned, { norm, epsilon, epsilons }),
      model,
      pace.refusals,
    ),
  );
  const chunks = models.map((): Chunk[] => []);
  let done = 0;
  let stopped = false;
  for (;;) {
    const size = schedule.next(indices.length - done, worst);
    if (size === 0 || indices.length === done) break;
    const part = indices.subarray(done, done + size);
    const started = performance.now();
    const limited = chunkSignal(options, schedule.used, done === 0);
    const made: Chunk[] = [];
    try {
      const batch = data.test.batch(part);
      for (const [s, model] of models.entries()) {
        const own = trials[s]!;
        const total = own.length * models.length;
        progress.begin(`${model.id}, inputs ${done + 1} to ${done + size}`, own.length, 'attacks');
        made.push(
          await keptChunk(
            model,
            own,
            batch,
            { ...options, seed, from: done, ...(limited && { signal: limited }) },
            (trial, i) => {
              const share = (s * own.length + i) / total;
              const { share: all, secondsLeft } = schedule.outlook(
                done + share * size,
                indices.length,
                worst,
              );
              progress.overall(all, secondsLeft);
              progress.advance(i, trial.id);
            },
          ),
        );
        progress.end(`${own.length} attacks`);
      }
      made.forEach((chunk, s) => {
        chunks[s]!.push(chunk);
      });
    } catch (error) {
      progress.end('stopped');
      // Out of time: what is finished counts.
      if (limited?.aborted && !signal?.aborted) break;
      if (!signal?.aborted) throw error;
      if (done === 0) throw new ToolkitError('interrupted', { what: 'audit' }, { cause: error });
      stopped = true;
      break;
    }
    done += size;
    // A kept chunk takes no time now: how long it took when it was made says how large the next one may be.
    const spent = (performance.now() - started) / 1000;
    const seconds = made
      .flatMap(({ outcomes }) => outcomes)
      .reduce((sum, outcome) => sum + outcome.seconds, 0);
    schedule.record(size, Math.max(seconds, spent), spent);
  }
  return assemble({
    ...options,
    seed,
    planned,
    chosen: effort,
    trials,
    refusals: pace.refusals,
    chunks,
    epsilons,
    attacked: indices.subarray(0, done),
    threshold: options.threshold ?? DEFAULT_THRESHOLD,
    used: schedule.used,
    stopped,
  });
}

/** Elements of all inputs of a chunk: attacks keep several copies of them. */
const MOST_ELEMENTS = 2 ** 24;
const MOST_INPUTS = 128;

/** Inputs that go through all trials together: as many as the engine takes at once by default, fewer large ones. */
function mostInputs(models: readonly ModelUnderTest[]): number {
  const sizes = models.map(({ shape }) => shape.dims.reduce((product, dim) => product * dim, 1));
  return Math.max(1, Math.min(MOST_INPUTS, Math.floor(MOST_ELEMENTS / Math.max(...sizes))));
}

function check(norm: AuditNorm, epsilon: number, indices: Uint32Array): void {
  const { maximum } = norm === 'Linf' ? epsilonLinf : epsilonL2;
  if (!(epsilon > 0 && epsilon <= maximum)) {
    // Most likely meant in the 255 steps of a file.
    const expected = `a number above 0 and at most ${maximum}, inputs being in [0, 1], such as 8/255`;
    throw new ToolkitError('bad-value', { what: `epsilon in ${norm}`, expected, received: String(epsilon) });
  }
  if (indices.length === 0) {
    throw new ToolkitError('nothing-to-do', {
      what: 'An audit of no inputs',
      hint: 'Choose one test image at least.',
    });
  }
}

/** Trials that can be made: of a model without a gradient, those that need none, and of others none that follow it. */
function possible(trials: readonly ModelTrial[], model: ModelUnderTest, refusals: Refusals): ModelTrial[] {
  const needsNone = new Set(['noise', 'gradient-free', 'transfer']);
  return trials.filter(
    ({ planned: { role }, source }) =>
      !(source && refusals.has(source.model ?? model)) && (needsNone.has(role) || !refusals.has(model)),
  );
}
