import * as z from 'zod';
import type { SweepResult } from '../attacks/index.js';

const bits = z.array(z.int());

/** What one trial did to one chunk of inputs: plain JSON, kept as a finished step. */
export const outcomeSchema = z.object({
  trial: z.string(),
  budgets: z.array(z.number()),
  /** [budgets][inputs]: class that the model gives at this budget alone. */
  predictions: z.array(bits),
  untouched: z.int(),
  zeroGradients: z.int().nullable(),
  silent: z.int().nullable(),
  stuck: z.int().nullable(),
  /** Inputs that were fooled by the form of candidates that is judged second alone; absent: there was none. */
  otherForm: z.int().optional(),
  /** Sizes of what first fooled; of the inputs that were fooled. */
  distances: z.array(z.number()),
  seconds: z.number(),
  queries: z.object({ forward: z.int(), gradient: z.int() }),
});
/** What one trial did to a chunk of inputs. */
export type Outcome = z.infer<typeof outcomeSchema>;

/** Everything that was done to one chunk of inputs of one model. */
export const chunkSchema = z.object({
  /** Predictions before any attack, [inputs]. */
  clean: bits,
  changedAnswers: z.int(),
  saturated: z.int(),
  probabilities: z.boolean(),
  outcomes: z.array(outcomeSchema),
});
/** What all trials of one model did to a chunk of inputs. */
export type Chunk = z.infer<typeof chunkSchema>;

export function outcomeOf(
  trial: string,
  budgets: readonly number[],
  result: SweepResult,
  spent: Pick<Outcome, 'seconds' | 'queries'>,
): Outcome {
  return {
    trial,
    budgets: [...budgets],
    predictions: result.predictions.map((row) => Array.from(row)),
    untouched: result.untouched.at(-1)!.count,
    zeroGradients: result.gradient?.zeroInputs.count ?? null,
    silent: result.silent?.count ?? null,
    stuck: result.stuck?.count ?? null,
    ...(result.otherForm && { otherForm: result.otherForm.count }),
    distances: Array.from(result.distances).filter(Number.isFinite),
    ...spent,
  };
}

/** What was done to the same inputs in several steps, as one; undefined when there is none. */
export function beside(steps: readonly Chunk[]): Chunk | undefined {
  const [first] = steps;
  return first && { ...first, outcomes: steps.flatMap(({ outcomes }) => outcomes) };
}

/** Chunks of one model, in their order, as one; undefined when there is none. */
export function joined(chunks: readonly Chunk[]): Chunk | undefined {
  const [first, ...rest] = chunks;
  if (!first) return undefined;
  return rest.reduce(
    (all, chunk) => ({
      clean: [...all.clean, ...chunk.clean],
      changedAnswers: all.changedAnswers + chunk.changedAnswers,
      saturated: all.saturated + chunk.saturated,
      probabilities: all.probabilities && chunk.probabilities,
      outcomes: all.outcomes.map((outcome, i) => together(outcome, chunk.outcomes[i]!)),
    }),
    first,
  );
}

function together(a: Outcome, b: Outcome): Outcome {
  const sum = (x: number | null, y: number | null) => (x === null && y === null ? null : (x ?? 0) + (y ?? 0));
  return {
    trial: a.trial,
    budgets: a.budgets,
    predictions: a.predictions.map((row, i) => [...row, ...b.predictions[i]!]),
    untouched: a.untouched + b.untouched,
    zeroGradients: sum(a.zeroGradients, b.zeroGradients),
    silent: sum(a.silent, b.silent),
    stuck: sum(a.stuck, b.stuck),
    ...(a.otherForm !== undefined && { otherForm: a.otherForm + (b.otherForm ?? 0) }),
    distances: [...a.distances, ...b.distances],
    seconds: a.seconds + b.seconds,
    queries: {
      forward: a.queries.forward + b.queries.forward,
      gradient: a.queries.gradient + b.queries.gradient,
    },
  };
}
