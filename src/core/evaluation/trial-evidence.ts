import { rate } from '../base/statistics.js';
import { NO_CLASS } from '../tensor/floats.js';
import type { Evidence, Role, Trial } from './evidence.js';
import type { ModelTrial } from './model-trials.js';
import type { Chunk } from './trial-outcome.js';

/** What evidence tells of a trial beside its outcomes. */
export interface TrialDescription {
  readonly id: string;
  readonly attack: string;
  readonly role: Role;
  /** The loss that was followed; null for attacks that follow none. */
  readonly objective: string | null;
  /** Whose gradient was followed; null for the attacked model itself. */
  readonly from: string | null;
  /** Whether it saw the model through a grid of values. */
  readonly rounded?: boolean | undefined;
}

/** An attack that follows no loss has none, whatever it was given. */
export const describeTrial = ({ id, planned, source }: ModelTrial): TrialDescription => ({
  id,
  attack: planned.attack.name,
  role: planned.role,
  objective: planned.attack.followsObjective && planned.objective ? planned.objective.name : null,
  from: source?.name ?? null,
  ...(planned.rounded && { rounded: true }),
});

/**
 * What findings see of a model.
 *
 * @param trials that were planned; those without an outcome are unfinished
 * @param labels true classes of the inputs, as the model counts them
 */
export function evidenceOf(
  chunk: Chunk,
  trials: readonly TrialDescription[],
  labels: ArrayLike<number>,
  known: Pick<Evidence, 'rule' | 'epsilon' | 'classes' | 'refusal' | 'batch' | 'probes' | 'tied'>,
): Evidence {
  const { clean } = chunk;
  const inputs = clean.length;
  const made = new Set(chunk.outcomes.map(({ trial }) => trial));
  const unfinished = trials.flatMap(({ id }) => (made.has(id) ? [] : [id]));
  const some = (count: number | null) => (count === null ? undefined : rate(count, inputs));
  return {
    ...known,
    labels,
    correct: Uint8Array.from(clean, (prediction, i) => Number(prediction === labels[i])),
    changedAnswers: rate(chunk.changedAnswers, inputs),
    saturated: rate(chunk.saturated, inputs),
    probabilities: chunk.probabilities,
    ...(unfinished.length > 0 && { unfinished }),
    noClass: noClassOf(chunk),
    trials: chunk.outcomes.flatMap((outcome): Trial | readonly Trial[] => {
      const trial = trials.find(({ id }) => id === outcome.trial);
      if (!trial) return [];
      const { id, attack, role, objective, from, rounded } = trial;
      const zeroGradients = from === null ? some(outcome.zeroGradients) : undefined;
      const silent = some(outcome.silent);
      const otherForm = some(outcome.otherForm ?? null);
      return {
        id,
        attack,
        role,
        objective,
        budgets: outcome.budgets,
        fooledAt: outcome.predictions.map((row) => Uint8Array.from(row, (p, n) => Number(p !== clean[n]))),
        untouched: rate(outcome.untouched, inputs),
        ...(zeroGradients && { zeroGradients }),
        ...(silent && { silent }),
        ...(rounded && { rounded }),
        ...(otherForm && { otherForm }),
      };
    }),
  };
}

/** Inputs without a class: before any attack, and of the others those that some attack took theirs from. */
function noClassOf({ clean, outcomes }: Chunk): NonNullable<Evidence['noClass']> {
  const lost = (n: number) =>
    outcomes.some(({ predictions }) => predictions.some((row) => row[n] === NO_CLASS));
  const before = clean.filter((prediction) => prediction === NO_CLASS).length;
  const after = clean.filter((prediction, n) => prediction !== NO_CLASS && lost(n)).length;
  return { clean: rate(before, clean.length), attacked: rate(after, clean.length - before) };
}
