import { attacks } from '../attacks/index.js';
import { lookUp } from '../names.js';
import { reshapings } from '../reshaping/index.js';
import type { AttackOutcomes } from './comparisons.js';
import type { Executor } from './executor.js';
import type { Rate, Results } from './results.js';
import type { Finished, Parameters, StepKind } from './step.js';
import { type AccuracyParameters, accuracy } from './steps/accuracy.js';
import { type AttackParameters, attackStep } from './steps/attack.js';
import { type GalleryParameters, gallery } from './steps/gallery.js';
import { type TrainParameters, train } from './steps/train.js';
import { type WeightsParameters, weights } from './steps/weights.js';

/** One model of the study with all that is measured on it. */
export interface ModelPlan {
  readonly id: string;
  readonly label: string;
  readonly train: TrainParameters;
  readonly accuracy: AccuracyParameters;
  readonly inhibition: readonly AccuracyParameters[];
  readonly attacks: readonly AttackParameters[];
  readonly weights: WeightsParameters;
  readonly gallery: GalleryParameters;
}

/** "hash:1/64" to "hash-1-64" and "HashNet 1/64". */
export function modelNames(compression: string): { id: string; label: string } {
  if (compression === 'none') return { id: 'uncompressed', label: 'Uncompressed' };
  const [name = '', value = ''] = compression.split(':');
  return { id: compression.replace(/[^a-z0-9]+/gi, '-'), label: `${reshapings[name]?.title ?? name} ${value}`.trim() };
}

/** Work in the whole plan, in forward passes of one image. */
export function planCost(plan: readonly ModelPlan[]): number {
  const total = <P extends Parameters>(kind: StepKind<P>, all: readonly P[]) =>
    all.reduce((sum, p) => sum + kind.cost(p), 0);
  return plan.reduce(
    (sum, m) =>
      sum +
      total(train, [m.train]) +
      total(accuracy, [m.accuracy, ...m.inhibition]) +
      total(attackStep, m.attacks) +
      total(weights, [m.weights]) +
      total(gallery, [m.gallery]),
    0,
  );
}

/** What is measured on one model, as the parts of `results.json`, with the files that belong to it. */
export interface ModelResults {
  readonly model: Results['models'][number];
  readonly modelBytes: Uint8Array;
  readonly attacks: Results['attacks'];
  /** The fate of every input under each attack. */
  readonly outcomes: readonly AttackOutcomes[];
  readonly inhibition: Results['inhibition'];
  readonly weights: Results['weights'];
  readonly gradients: Results['gradients'];
  readonly gallery: Results['gallery'];
  /** Originals and adversarial images of the gallery, as `.npz`. */
  readonly galleryImages?: Uint8Array;
}

/** Runs everything planned for one model. */
export async function runModel(plan: ModelPlan, executor: Executor): Promise<ModelResults> {
  const { id } = plan;
  const named = <P extends Parameters, M>(kind: StepKind<P, M>): StepKind<P, M> => ({
    ...kind,
    label: (p: P) => `${plan.label}: ${kind.label(p)}`,
  });
  const trained = await executor.execute({ kind: named(train), parameters: plan.train });
  const modelBytes = trained.artifacts.get('model.onnx')!;
  const inputs = new Map([['model.onnx', modelBytes]]);

  const clean = await executor.execute({ kind: named(accuracy), parameters: plan.accuracy, inputs });
  const inhibition: Results['inhibition'] = [];
  for (const parameters of plan.inhibition) {
    const { meta } = await executor.execute({ kind: named(accuracy), parameters, inputs });
    inhibition.push({ model: id, tau: parameters.tau, cleanAccuracy: meta.accuracy });
  }
  const finished: FinishedAttack[] = [];
  for (const parameters of plan.attacks) {
    finished.push({ parameters, result: await executor.execute({ kind: named(attackStep), parameters, inputs }) });
  }
  const distribution = await executor.execute({ kind: named(weights), parameters: plan.weights, inputs });
  const asTrained = finished.find((f) => f.parameters.tau === 0)!.result.artifacts.get('outcomes.npz')!;
  const shown = await executor.execute({
    kind: named(gallery),
    parameters: plan.gallery,
    inputs: new Map([...inputs, ['outcomes.npz', asTrained]]),
  });
  const galleryImages = shown.artifacts.get('images.npz');
  return {
    model: modelRow(plan, trained.meta, clean.meta.accuracy),
    modelBytes,
    attacks: finished.map((f) => attackRow(id, f)),
    outcomes: finished.map(({ parameters, result }) => ({
      model: id,
      attack: parameters.attack,
      objective: parameters.objective,
      tau: parameters.tau,
      outcomes: result.artifacts.get('outcomes.npz')!,
    })),
    inhibition,
    weights: distribution.meta.layers.map((layer) => ({ ...layer, model: id })),
    gradients: finished.flatMap((f) => gradientRows(id, f)),
    gallery: galleryImages ? [galleryRow(plan, shown.meta.items)] : [],
    ...(galleryImages && { galleryImages }),
  };
}

interface FinishedAttack {
  readonly parameters: AttackParameters;
  readonly result: Finished<Meta<typeof attackStep>>;
}

type Meta<K> = K extends StepKind<never, infer M> ? M : never;

function modelRow(plan: ModelPlan, meta: Meta<typeof train>, cleanAccuracy: Rate): Results['models'][number] {
  const { architecture, compression, epochs, optimizer, learningRate, schedule, batchSize } = plan.train;
  const { bytes, stored, virtual, images, history } = meta;
  return {
    id: plan.id,
    label: plan.label,
    architecture,
    compression,
    file: `models/${plan.id}.onnx`,
    bytes,
    parameters: { stored, virtual },
    training: {
      images,
      epochs,
      optimizer: `${optimizer}, learning rate ${learningRate}, ${schedule} schedule, batch ${batchSize}`,
      history,
    },
    cleanAccuracy,
  };
}

function attackRow(model: string, { parameters, result }: FinishedAttack): Results['attacks'][number] {
  const { attack, objective, tau } = parameters;
  const { gradients: _, ...measured } = result.meta;
  return { model, attack, objective, budgetName: lookUp(attacks, attack, 'attack').budget.name, tau, ...measured };
}

/** None for an attack that asked for no gradient. */
function gradientRows(model: string, { parameters, result }: FinishedAttack): Results['gradients'] {
  const { attack, objective, tau } = parameters;
  return result.meta.gradients ? [{ model, attack, objective, tau, ...result.meta.gradients }] : [];
}

function galleryRow(plan: ModelPlan, items: Meta<typeof gallery>['items']): Results['gallery'][number] {
  const { attack, objective, budget } = plan.gallery;
  return { model: plan.id, attack, objective, budget, file: `gallery/${plan.id}-${attack}.png`, items };
}
