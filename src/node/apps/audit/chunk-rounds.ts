import { ToolkitError } from '../../../core/base/errors.js';
import type { Progress } from '../../../core/base/progress.js';
import { type Executor, type Finished, metaOf } from '../../work/executor.js';
import type { Plan, Step } from '../../work/plan.js';
import type { Part } from './audit-plan.js';
import { timeLimit } from './time-limit.js';
import type { Schedule } from './time-schedule.js';

export interface RoundOptions {
  readonly executor: Executor;
  /** Finished steps that the chunks start from. */
  readonly before?: readonly Step[];
  /** Positions in the test set, in the order in which they are attacked. */
  readonly indices: Uint32Array;
  readonly schedule: Schedule;
  /** Seconds that one input takes at most on all models; of use while nothing is measured. */
  readonly worst: number;
  readonly seconds?: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export interface ChunkRounds {
  /** Finished chunks, those of one model in the order of the inputs. */
  readonly chunks: readonly Finished[];
  /** Whether the signal ended it. */
  readonly stopped: boolean;
}

/**
 * Has chunks of inputs attacked for as long as there is time: in each round the same inputs of all models, so
 * that whenever it ends every rate is of the same inputs.
 *
 * Where the time ends within the first round, its finished steps are what there is, and `cleanFor` is run
 * whatever the time.
 *
 * @param stepsFor the steps of a round
 * @param cleanFor steps that ask for the predictions before any attack alone
 * @throws ToolkitError `interrupted` when the signal came before the end of the first
 *   round; whatever a step throws
 */
export async function runChunks(
  stepsFor: (part: Part) => readonly Step[],
  cleanFor: (part: Part) => readonly Step[],
  options: RoundOptions,
): Promise<ChunkRounds> {
  const { executor, indices, schedule, worst, progress, signal, before = [] } = options;
  const isBefore = ({ step }: Finished) => before.some(({ id }) => id === step.id);
  const chunks: Finished[] = [];
  let done = 0;
  for (;;) {
    const size = schedule.next(indices.length - done, worst);
    if (size === 0 || indices.length === done) return { chunks, stopped: false };
    const part: Part = { indices: indices.subarray(done, done + size), from: done };
    const steps = stepsFor(part);
    const started = performance.now();
    const limit = timeLimit(options, schedule.used);
    const { signal: limited } = limit;
    const round: Finished[] = [];
    const show = (share: number) => {
      const part = ((round.length + share) / steps.length) * size;
      const { share: all, secondsLeft } = schedule.outlook(done + part, indices.length, worst);
      progress.overall(all, secondsLeft);
    };
    try {
      const shown = { progress: lane(progress, show), ...(limited && { signal: limited }) };
      for await (const step of executor.run(planOf([...before, ...steps]), shown))
        if (!isBefore(step)) round.push(step);
    } catch (error) {
      progress.end('stopped');
      // Out of time: what is finished counts.
      if (limited?.aborted && !signal?.aborted) {
        if (done > 0) return { chunks, stopped: false };
        const clean: Finished[] = [];
        for await (const step of executor.run(planOf([...before, ...cleanFor(part)])))
          if (!isBefore(step)) clean.push(step);
        return { chunks: [...clean, ...round], stopped: false };
      }
      if (!signal?.aborted) throw error;
      if (done > 0) return { chunks, stopped: true };
      const resume = 'Run the same command to go on.';
      throw new ToolkitError('interrupted', { what: 'audit', resume }, { cause: error });
    } finally {
      limit.clear();
    }
    chunks.push(...round);
    done += size;
    // A kept chunk takes no time now: how long it took when it was made says how large the next one may be.
    const spent = (performance.now() - started) / 1000;
    const seconds = round
      .flatMap((step) => metaOf(step, 'audit-chunk').outcomes)
      .reduce((sum, outcome) => sum + outcome.seconds, 0);
    schedule.record(size, Math.max(seconds, spent), spent);
  }
}

const planOf = (steps: readonly Step[]): Plan => ({ schema: 'foolproof.plan/1', steps: [...steps] });

/** The pieces of a round, with the outlook of the audit in place of that of the round. */
function lane(progress: Progress, show: (share: number) => void): Progress {
  let total = 1;
  return {
    begin(label, size, unit) {
      total = Math.max(1, size);
      progress.begin(label, size, unit);
    },
    advance(done, detail) {
      show(Math.min(1, done / total));
      progress.advance(done, detail);
    },
    end: (summary) => progress.end(summary),
    overall: () => {},
    ...(progress.lane && { lane: () => lane(progress.lane?.() ?? progress, show) }),
  };
}
