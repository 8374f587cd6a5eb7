import { z } from 'zod';
import type { ArtifactStore } from '../store/artifact-store.js';
import { kindNamed } from './kinds/index.js';
import type { Plan, Step } from './plan.js';
import { type KeyContext, stepKey } from './step-keys.js';

const decisionSchema = z.object({ threads: z.int().positive() });

/**
 * A plan in which every step whose result depends on engine threads asks for a number of them: the
 * one that it was first planned with in this store. So it is found, or resumed, however many jobs
 * share the machine later.
 *
 * @param threads for steps that were not planned before
 */
export async function settleThreads(
  plan: Plan,
  store: ArtifactStore,
  context: KeyContext,
  threads: number,
): Promise<Plan> {
  const steps: Step[] = [];
  for (const step of plan.steps) steps.push(await settled(step, store, context, threads));
  return { ...plan, steps };
}

async function settled(
  step: Step,
  store: ArtifactStore,
  context: KeyContext,
  threads: number,
): Promise<Step> {
  const { kind, parameters } = step;
  if (kindNamed(kind).threads?.(parameters) !== null) return step;
  // Of everything that determines the step but the threads; its inputs are settled themselves.
  const key = stepKey({ kind, parameters }, {}, { ...context, threads: 'not settled' });
  const place = store.step(`${kind}-threads`, key);
  const found = decisionSchema.safeParse((await place.find())?.meta);
  if (found.success) return { ...step, parameters: { ...parameters, ...found.data } };
  await place.discard();
  const { meta } = await place.commit(new Map(), { threads });
  return { ...step, parameters: { ...parameters, ...decisionSchema.parse(meta) } };
}
