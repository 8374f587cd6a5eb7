import { attacks, sweep } from '../../../core/attacks/index.js';
import { isToolkitError } from '../../../core/base/errors.js';
import type { Dataset } from '../../../core/data/dataset.js';
import {
  type AuditNorm,
  costOf,
  type PlannedAttack,
  type UnitCosts,
} from '../../../core/evaluation/attack-suite.js';
import type { Source } from '../../../core/evaluation/gradient-sources.js';
import type { ModelUnderTest } from '../../../core/models/model-under-test.js';
import { objectives } from '../../../core/models/objectives/index.js';

/** Inputs and steps that speed is measured with. */
const INPUTS = 4;
const STEPS = 4;
const QUERIES = 12;

/** So small that nobody is fooled and leaves early: what is measured is the whole way. */
const TINY = 1e-6;

/** Why a model has no gradient, in words; undefined where it has one. */
export type Refusals = ReadonlyMap<ModelUnderTest, string>;

/** Seconds that one gradient and one query of an input take in attacks, which do more than ask the model. */
async function paceOf(
  classifier: ModelUnderTest,
  data: Dataset,
  norm: AuditNorm,
): Promise<{ costs: UnitCosts; refusal?: string }> {
  const count = Math.min(INPUTS, data.test.count);
  const { images, labels } = data.test.batch([...Array(count).keys()]);
  const suffix = norm === 'Linf' ? '' : '-l2';
  const timed = async (name: string, parameters: Record<string, number>, units: number) => {
    const options = {
      attack: attacks[`${name}${suffix}`]!,
      classifier,
      objective: objectives.margin!,
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
  sources: ReadonlyMap<ModelUnderTest, readonly Source[]>,
  data: Dataset,
  norm: AuditNorm,
): Promise<Pace> {
  const measured: { costs: UnitCosts; sources: readonly Source[] }[] = [];
  const refusals = new Map<ModelUnderTest, string>();
  for (const [model, own] of sources) {
    const { costs, refusal } = await paceOf(model, data, norm);
    if (refusal !== undefined) refusals.set(model, refusal);
    measured.push({ costs, sources: own });
  }
  return {
    refusals,
    worst: (planned, epsilons) =>
      measured.reduce((sum, { costs, sources }) => sum + costOf(planned, sources.length, epsilons, costs), 0),
  };
}
