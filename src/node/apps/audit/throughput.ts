import { attacks, sweep } from '../../../core/attacks/index.js';
import { isToolkitError } from '../../../core/base/errors.js';
import {
  type AuditNorm,
  costOf,
  type PlannedAttack,
  type UnitCosts,
} from '../../../core/evaluation/attack-suite.js';
import type { Source } from '../../../core/evaluation/gradient-sources.js';
import type { Subject } from '../../../core/evaluation/subject.js';
import { objectives } from '../../../core/models/objectives/index.js';

/** Inputs and steps that speed is measured with. */
const INPUTS = 4;
const STEPS = 4;
const QUERIES = 12;

/** So small that nobody is fooled and leaves early: what is measured is the whole way. */
const TINY = 1e-6;

/** Why a model has no gradient, in words; undefined where it has one. */
export type Refusals = ReadonlyMap<Subject, string>;

/** Seconds that one gradient and one query of an input take in attacks, which do more than ask the model. */
async function paceOf(subject: Subject, norm: AuditNorm): Promise<{ costs: UnitCosts; refusal?: string }> {
  const { classifier, data } = subject;
  const count = Math.min(INPUTS, data.test.count);
  const { images, labels } = data.test.batch([...Array(count).keys()]);
  const timed = async (name: 'pgd' | 'square', parameters: Record<string, number>, units: number) => {
    const options = {
      attack: attacks[norm === 'Linf' ? name : (`${name}-l2` as const)],
      classifier,
      objective: objectives.margin,
      images,
    };
    const run = (given: Record<string, number>) =>
      sweep({ ...options, labels: labels.data, budgets: [TINY], parameters: given });
    // The first run also prepares the engine's session.
    await run({ ...parameters, ...(name === 'pgd' ? { steps: 1 } : { queryBudget: 1 }) });
    const started = performance.now();
    await run(parameters);
    return (performance.now() - started) / 1000 / count / units;
  };
  const query = await timed('square', { queryBudget: QUERIES }, QUERIES);
  try {
    return { costs: { query, gradient: await timed('pgd', { steps: STEPS }, STEPS) } };
  } catch (error) {
    if (!isToolkitError(error, 'unsupported-operators')) throw error;
    return { costs: { query, gradient: query }, refusal: error.message };
  }
}

export interface Pace {
  /** Seconds for one input through a suite on all models, if no input is ever fooled. */
  worst(planned: readonly PlannedAttack[], epsilons: number): number;
  readonly refusals: Refusals;
}

/**
 * Measures how fast the models are, and finds out which of them have no gradient.
 * @param sources each model with those whose gradients it is attacked with
 */
export async function measurePace(
  sources: ReadonlyMap<Subject, readonly Source[]>,
  norm: AuditNorm,
): Promise<Pace> {
  const measured: { subject: Subject; costs: UnitCosts; sources: readonly Source[] }[] = [];
  const refusals = new Map<Subject, string>();
  for (const [subject, own] of sources) {
    const { costs, refusal } = await paceOf(subject, norm);
    if (refusal !== undefined) refusals.set(subject, refusal);
    measured.push({ subject, costs, sources: own });
  }
  return {
    refusals,
    worst: (planned, epsilons) =>
      measured.reduce((sum, { costs, sources }) => sum + costOf(planned, sources.length, epsilons, costs), 0),
  };
}
