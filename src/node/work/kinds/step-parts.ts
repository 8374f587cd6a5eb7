import { attacks } from '../../../core/attacks/index.js';
import { lookUp } from '../../../core/base/names.js';
import { type Objective, objectives } from '../../../core/models/objectives/index.js';
import type { Model } from '../../../core/onnx/graph.js';
import { inhibitLayer } from '../../../core/reshaping/index.js';
import type { StepContext } from '../step.js';

/**
 * The model a step starts from, gradient-inhibited when tau is not zero. Its hashes are already evaluated, which changes
 * no result but saves seconds for every session.
 */
export async function attackedModel(
  inputs: ReadonlyMap<string, Uint8Array>,
  tau: number,
  context: StepContext,
): Promise<Model> {
  const model = await context.materialized(inputs.get('model.onnx')!);
  return tau > 0 ? inhibitLayer(model, tau) : model;
}

/** The objective of a step; for an attack that follows none, any: it changes nothing. */
export function objectiveOf({
  attack,
  objective,
}: {
  readonly attack: string;
  readonly objective: string;
}): Objective {
  const { followsObjective } = lookUp(attacks, attack, 'attack');
  return followsObjective ? lookUp(objectives, objective, 'objective') : objectives['cross-entropy'];
}
