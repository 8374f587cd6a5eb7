import { epsilonL2, epsilonLinf } from '../attacks/epsilon.js';
import type { Batch } from '../datasets/dataset.js';
import { shuffledTest } from '../datasets/sampling.js';
import { ToolkitError } from '../errors.js';
import { type Progress, silent } from '../progress.js';
import type { Runtime } from '../runtime/runtime.js';
import { contentKey, sha256 } from '../store/keys.js';
import type { RunDirectory } from '../store/run-directory.js';
import { toolkitVersion } from '../version.js';
import { type AuditOutcome, assemble } from './assemble.js';
import { chosenEffort } from './effort.js';
import { type Chunk, chunkSchema } from './outcome.js';
import { measurePace, type Refusals } from './pace.js';
import { Schedule } from './schedule.js';
import { type Subject, subjectKey } from './subject.js';
import { type AuditNorm, curveOf, type Effort, type PlannedAttack, suite } from './suite.js';
import { type ModelTrial, runTrials, trialsOf } from './trials.js';

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

/** Raise it whenever code changes what a chunk results in. */
const VERSION = 2;

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
  const { subjects, norm, epsilon, progress = silent, signal, seed = 1 } = options;
  const indices = options.indices ?? shuffledTest(subjects[0]!.data, USUAL_SAMPLES, seed);
  check(norm, epsilon, indices);
  const epsilons = curveOf(epsilon, norm);
  const schedule = new Schedule(options.seconds, { most: mostInputs(subjects) });
  const pace = await measurePace(subjects, norm);
  const effort = options.planned ? null : await chosenEffort(options, pace, epsilons.length);
  const planned = options.planned ?? suite(norm, effort!);
  const worst = pace.worst(planned, epsilons.length);
  const trials = subjects.map((subject) =>
    possible(trialsOf(subject, subjects, planned, { norm, epsilon, epsilons }), subject, pace.refusals),
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
              const { share: all, secondsLeft } = schedule.outlook(done + share * size, indices.length, worst);
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
    const seconds = made.flatMap(({ outcomes }) => outcomes).reduce((sum, outcome) => sum + outcome.seconds, 0);
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
  const sizes = subjects.map(({ classifier }) => classifier.shape.dims.reduce((product, dim) => product * dim, 1));
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
    throw new ToolkitError('nothing-to-do', { what: 'An audit of no inputs', hint: 'Choose one test image at least.' });
  }
}

/** What the time may be overrun by before a chunk is given up: its inputs are lost, those before it are not. */
const GRACE = 1.25;

/** Aborts with the user's signal, or when a chunk that is not the first takes much longer than it should. */
function chunkSignal({ signal, seconds }: AuditOptions, used: number, isFirst: boolean): AbortSignal | undefined {
  if (seconds === undefined || isFirst) return signal;
  const deadline = AbortSignal.timeout(Math.max(1, Math.round(1000 * (GRACE * seconds - used))));
  return signal ? AbortSignal.any([signal, deadline]) : deadline;
}

/** Trials that can be made: of a model without a gradient, those that need none, and of others none that follow it. */
function possible(trials: readonly ModelTrial[], subject: Subject, refusals: Refusals): ModelTrial[] {
  const refused = new Set([...refusals.keys()].flatMap(({ classifier, undefended }) => [classifier, undefended]));
  const needsNone = new Set(['noise', 'gradient-free', 'transfer']);
  return trials.filter(
    ({ planned: { role }, source }) =>
      !(source && refused.has(source.classifier)) && (needsNone.has(role) || !refusals.has(subject)),
  );
}

/** `from`: number of inputs before the chunk, so that random numbers do not depend on how time cut the inputs into chunks. */
type ChunkOptions = AuditOptions & { readonly seed: number; readonly from: number };

/** The attacked model without its defences is nothing more than itself. */
function sourceKey({ classifier }: NonNullable<ModelTrial['source']>, subjects: readonly Subject[]): string {
  const other = subjects.find((s) => s.classifier === classifier);
  return other ? subjectKey(other) : 'own';
}

/** A chunk that was finished before, or a new one, kept. */
async function keptChunk(
  subject: Subject,
  trials: readonly ModelTrial[],
  batch: Batch,
  options: ChunkOptions,
  onTrial: (trial: ModelTrial, index: number) => void,
): Promise<Chunk> {
  const { directory, norm, epsilon, runtime, rounding = null, seed, from } = options;
  const make = () => runTrials(subject, trials, batch, { ...options, epsilons: curveOf(epsilon, norm) }, onTrial);
  if (!directory) return make();
  const key = contentKey({
    version: VERSION,
    toolkit: toolkitVersion,
    engine: `${runtime.name} ${runtime.version} ${runtime.device}`,
    model: subjectKey(subject),
    images: sha256(new Uint8Array(batch.images.data.buffer)),
    labels: [...batch.labels.data],
    trials: trials.map(({ id, budgets, planned, source }) => ({
      id,
      role: planned.role,
      budgets: [...budgets],
      parameters: JSON.stringify(planned.parameters ?? {}),
      source: source ? sourceKey(source, options.subjects) : null,
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
