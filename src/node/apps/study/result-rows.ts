import { attacks } from '../../../core/attacks/index.js';
import { lookUp } from '../../../core/base/names.js';
import type { Rate } from '../../../core/base/statistics.js';
import { type Finished, metaOf } from '../../work/executor.js';
import { parametersOf } from '../../work/plan.js';
import { environmentsOf } from '../../work/provenance.js';
import { attackName } from './grid.js';
import { aboutOf } from './study-plan.js';
import type { Results } from './study-schema.js';

/** `outcomes/hash-1-64/jsma-iterative-pairs-logits`, without the ending. */
export function outcomesName(finished: Finished): string {
  const { model, variant } = aboutOf(finished.step);
  return `outcomes/${model}/${attackName({ variant, parameters: parametersOf(finished.step, 'attack') })}`;
}

export function modelRow(finished: Finished, cleanAccuracy: Rate): Results['models'][number] {
  const { model: id, label } = aboutOf(finished.step);
  const p = parametersOf(finished.step, 'train');
  const { bytes, stored, virtual, images, history } = metaOf(finished, 'train');
  return {
    id,
    label,
    architecture: p.architecture,
    compression: p.compression,
    file: `models/${id}.onnx`,
    bytes,
    parameters: { stored, virtual },
    training: {
      images,
      epochs: p.epochs,
      optimizer: [
        `${p.optimizer}, learning rate ${p.learningRate}, ${p.schedule} schedule, batch ${p.batchSize}`,
        ...(p.weightDecay ? [`weight decay ${p.weightDecay}`] : []),
        ...(p.augmentation ? [`augmentation ${p.augmentation}`] : []),
      ].join(', '),
      history,
      environments: environmentsOf(finished.provenance),
    },
    cleanAccuracy,
  };
}

export function attackRow(finished: Finished): Results['attacks'][number] {
  const { model, variant } = aboutOf(finished.step);
  const { attack, objective, parameters, tau } = parametersOf(finished.step, 'attack');
  const { gradients: _, ...measured } = metaOf(finished, 'attack');
  const budgetName = lookUp(attacks, attack, 'attack').budget.name;
  const outcomes = `${outcomesName(finished)}.csv`;
  return { model, attack, variant, objective, parameters, budgetName, tau, outcomes, ...measured };
}

/** None for an attack that asked for no gradient. */
export function gradientRows(finished: Finished): Results['gradients'] {
  const { model, variant } = aboutOf(finished.step);
  const { attack, objective, tau } = parametersOf(finished.step, 'attack');
  const { gradients } = metaOf(finished, 'attack');
  return gradients ? [{ model, attack, variant, objective, tau, ...gradients }] : [];
}

export function inhibitionRow(finished: Finished): Results['inhibition'][number] {
  const { tau } = parametersOf(finished.step, 'accuracy');
  const { accuracy } = metaOf(finished, 'accuracy');
  return { model: aboutOf(finished.step).model, tau, cleanAccuracy: accuracy };
}

export const weightRows = (finished: Finished): Results['weights'] =>
  metaOf(finished, 'weights').layers.map((layer) => ({ ...layer, model: aboutOf(finished.step).model }));

export function galleryRow(finished: Finished): Results['gallery'][number] {
  const { model, variant } = aboutOf(finished.step);
  const { attack, objective, budget } = parametersOf(finished.step, 'gallery');
  const { items } = metaOf(finished, 'gallery');
  const budgetName = lookUp(attacks, attack, 'attack').budget.name;
  const file = `gallery/${[model, attack, ...variant.split(' ')].filter(Boolean).join('-')}.png`;
  return { model, attack, variant, objective, budgetName, budget, file, items };
}
