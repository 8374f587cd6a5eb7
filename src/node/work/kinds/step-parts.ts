import { attacks } from '../../../core/attacks/index.js';
import { ToolkitError } from '../../../core/base/errors.js';
import { lookUp } from '../../../core/base/names.js';
import { materialize } from '../../../core/models/materialize.js';
import { type Objective, objectives } from '../../../core/models/objectives/index.js';
import { decodeModel } from '../../../core/onnx/decode.js';
import type { Model } from '../../../core/onnx/graph.js';
import { inhibitLayer } from '../../../core/reshaping/index.js';
import { readNpz } from '../../../core/tensor/npz.js';
import type { Tensor } from '../../../core/tensor/tensor.js';
import type { StepContext } from '../step-kind.js';

/** Names of artifacts that several kinds know. */
export const MODEL = 'model.onnx';
export const OUTCOMES = 'outcomes.npz';

/** The model in the input `model` with its reshapings evaluated, which takes seconds for a hash. */
export const materialized = (context: StepContext): Promise<Model> =>
  context.shared(`materialized ${context.hashOf('model')}`, async () =>
    materialize(decodeModel(await context.input('model')), context.runtime),
  );

/**
 * The model that a step starts from, gradient-inhibited when tau is not zero. Its hashes are already
 * evaluated, which changes no result but saves seconds for every session.
 */
export async function attackedModel(tau: number, context: StepContext): Promise<Model> {
  const model = await materialized(context);
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
  return lookUp(objectives, followsObjective ? objective : 'cross-entropy', 'objective');
}

/** Arrays of an `.npz` artifact as numbers. */
export interface NumberArrays {
  /** @throws ToolkitError `corrupt-data` when there is none of this name */
  numbers(name: string): number[];
  /** @throws ToolkitError `corrupt-data` when there is none of this name */
  array(name: string): Tensor;
}

/** @param source how messages name the file @throws ToolkitError `corrupt-data` */
export function numberArrays(bytes: Uint8Array, source: string): NumberArrays {
  const arrays = readNpz(bytes, { source });
  const array = (name: string): Tensor => {
    const found = arrays.get(name);
    if (!found) throw new ToolkitError('corrupt-data', { source, reason: `it has no array named ${name}` });
    return found;
  };
  return {
    array,
    numbers: (name) => Array.from(array(name).data as ArrayLike<number | bigint>, Number),
  };
}
