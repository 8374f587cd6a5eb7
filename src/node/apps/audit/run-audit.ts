import { epsilonL2, epsilonLinf } from '../../../core/attacks/harness/epsilon.js';
import { ToolkitError } from '../../../core/base/errors.js';
import { type Progress, silent } from '../../../core/base/progress.js';
import { shuffledTest } from '../../../core/data/sampling.js';
import {
  type AuditNorm,
  curveOf,
  type Effort,
  type PlannedAttack,
  suite,
} from '../../../core/evaluation/attack-suite.js';
import { releaseSources, type Source, sourcesFor } from '../../../core/evaluation/gradient-sources.js';
import { type ModelTrial, trialsOf } from '../../../core/evaluation/model-trials.js';
import type { Subject } from '../../../core/evaluation/subject.js';
import type { Chunk } from '../../../core/evaluation/trial-outcome.js';
import type { Runtime } from '../../../core/runtime/runtime.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { type AuditOutcome, assemble } from './assemble-results.js';
import { chunkSignal, keptChunk } from './audit-chunks.js';
import { chosenEffort } from './effort.js';
import { measurePace, type Refusals } from './throughput.js';
import { Schedule } from './time-schedule.js';

export interface AuditOptions {
  readonly runtime: Runtime;
  /** At least one. Their data hold the same images. */
  readonly subjects: readonly Subject[];
  readonly norm: AuditNorm;
  /** The bound that verdicts are about, in input units, inputs being in [0, 1]. */
  readonly epsilon: number;
  /** Positions in the test set, in the order in which they are attacked. Default: a thousand at random. */
  readonly indices?: Uint32Array;
  /** Seconds; as many inputs are attacked as fit. Undefined: all of them, however long it takes. */
  readonly seconds?: number;
  /** Default: `auto`, full where the time allows it. */
  readonly effort?: Effort | 'auto';
  /** Attacks to make instead of the suite of this norm and effort. */
  readonly planned?: readonly PlannedAttack[];
  /** Share of the inputs that were right which must withstand for "robust". */
  readonly threshold?: number;
  readonly seed?: number;
  /** Judge images as files hold them: 255 steps for 8 bits. */
  readonly rounding?: number;
  /** What is odd about the data, for the report. */
  readonly warnings?: readonly string[];
  /** Where finished chunks are kept and found again. */
  readonly directory?: RunDirectory;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

const USUAL_SAMPLES = 1000;

/** Half: a model that is fooled on most of its inputs is called robust by nobody. */
export const USUAL_THRESHOLD = 0.5;

/**
 * Audits classifiers: makes every attack of a suite on the same inputs of every model, chunk by chunk for as long as there is time, and
 * says what the attacks mean together. A finished chunk is kept in the run directory; the same audit goes on from there.
 *
 * After the signal it ends with the chunks that are finished, if there is one.
 *
 * @throws ToolkitError `unsupported-operators`, `not-finite`; `interrupted` when not even one chunk was finished; `bad-value` for
 *   an epsilon that the norm does not know, `nothing-to-do` without inputs
 */
export async function audit(options: AuditOptions): Promise<AuditOutcome> {
  const { subjects, norm, epsilon, seed = 1 } = options;
  const indices = options.indices ?? shuffledTest(subjects[0]!.data, USUAL_SAMPLES, seed);
  check(norm, epsilon, indices);
  const sources = new Map(subjects.map((subject) => [subject, sourcesFor(subject, subjects)]));
  try {
    return await auditWith(sources, { ...options, indices, seed });
  } finally {
    await releaseSources(sources.values());
  }
}

async function auditWith(
  sources: ReadonlyMap<Subject, readonly Source[]>,
  options: AuditOptions & { readonly indices: Uint32Array; readonly seed: number },
): Promise<AuditOutcome> {
  const { subjects, norm, epsilon, progress = silent, signal, seed, indices } = options;
  const epsilons = curveOf(epsilon, norm);
  const schedule = new Schedule(options.seconds, { most: mostInputs(subjects) });
  const pace = await measurePace(sources, norm);
  const effort = options.planned ? null : await chosenEffort(options, pace, epsilons.length);
  const planned = options.planned ?? suite(norm, effort!);
  const worst = pace.worst(planned, epsilons.length);
  const trials = subjects.map((subject) =>
    possible(
      trialsOf(subject, sources.get(subject)!, planned, { norm, epsilon, epsilons }),
      subject,
      pace.refusals,
    ),
  );
  const chunks = subjects.map((): Chunk[] => []);
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
      for (const [s, subject] of subjects.entries()) {
        const batch = subject.data.test.batch(part);
        const own = trials[s]!;
        const total = own.length * subjects.length;
        progress.begin(`${subject.id}, inputs ${done + 1} to ${done + size}`, own.length, 'attacks');
        made.push(
          await keptChunk(
            subject,
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
      if (done === 0)
        throw new ToolkitError(
          'interrupted',
          { what: 'audit', resume: 'Run the same command to go on.' },
          { cause: error },
        );
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
    threshold: options.threshold ?? USUAL_THRESHOLD,
    used: schedule.used,
    stopped,
  });
}

/** Elements of all inputs of a chunk: attacks keep several copies of them. */
const MOST_ELEMENTS = 2 ** 24;
const MOST_INPUTS = 128;

/** Inputs that go through all trials together: as many as the engine takes at once by default, fewer large ones. */
function mostInputs(subjects: readonly Subject[]): number {
  const sizes = subjects.map(({ classifier }) =>
    classifier.shape.dims.reduce((product, dim) => product * dim, 1),
  );
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
function possible(trials: readonly ModelTrial[], subject: Subject, refusals: Refusals): ModelTrial[] {
  const needsNone = new Set(['noise', 'gradient-free', 'transfer']);
  return trials.filter(
    ({ planned: { role }, source }) =>
      !(source && refusals.has(source.subject ?? subject)) && (needsNone.has(role) || !refusals.has(subject)),
  );
}
