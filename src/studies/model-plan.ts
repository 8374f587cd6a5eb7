import { reshapings } from '../reshaping/index.js';
import type { Executor } from './executor.js';
import type { Results } from './results.js';
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
  const named = <P extends Parameters>(kind: StepKind<P>): StepKind<P> => ({
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
    inhibition.push({ model: id, tau: parameters.tau, cleanAccuracy: meta.accuracy as never });
  }
  const finished: { parameters: AttackParameters; result: Finished }[] = [];
  for (const parameters of plan.attacks) {
    finished.push({ parameters, result: await executor.execute({ kind: named(attackStep), parameters, inputs }) });
  }
  const distribution = await executor.execute({ kind: named(weights), parameters: plan.weights, inputs });
  const outcomes = finished.find((f) => f.parameters.tau === 0)!.result.artifacts.get('outcomes.npz')!;
  const shown = await executor.execute({
    kind: named(gallery),
    parameters: plan.gallery,
    inputs: new Map([...inputs, ['outcomes.npz', outcomes]]),
  });
  const images = shown.artifacts.get('images.npz');
  const { meta } = trained;
  return {
    model: {
      id,
      label: plan.label,
      architecture: plan.train.architecture,
      compression: plan.train.compression,
      file: `models/${id}.onnx`,
      bytes: meta.bytes as number,
      parameters: { stored: meta.stored as number, virtual: meta.virtual as number },
      training: {
        images: meta.images as number,
        epochs: plan.train.epochs,
        optimizer: `${plan.train.optimizer}, learning rate ${plan.train.learningRate}, ${plan.train.schedule} schedule, batch ${plan.train.batchSize}`,
        history: meta.history as never,
      },
      cleanAccuracy: clean.meta.accuracy as never,
    },
    modelBytes,
    attacks: finished.map(({ parameters, result }) => attackResult(id, parameters, result)),
    inhibition,
    weights: (distribution.meta.layers as unknown as Results['weights']).map((layer) => ({ ...layer, model: id })),
    gradients: finished.map(({ parameters, result }) => ({
      model: id,
      tau: parameters.tau,
      objective: parameters.objective,
      images: parameters.samples,
      ...(result.meta.gradients as unknown as Pick<
        Results['gradients'][number],
        'zeros' | 'below' | 'histogram' | 'quantiles'
      >),
    })),
    gallery: images
      ? [
          {
            model: id,
            attack: plan.gallery.attack,
            budget: plan.gallery.budget,
            file: `gallery/${id}-${plan.gallery.attack}.png`,
            items: shown.meta.items as never,
          },
        ]
      : [],
    ...(images && { galleryImages: images }),
  };
}

const attackResult = (model: string, p: AttackParameters, { meta }: Finished): Results['attacks'][number] => ({
  model,
  attack: p.attack,
  objective: p.objective,
  norm: meta.norm as 'Linf',
  budgetName: 'epsilon',
  tau: p.tau,
  points: meta.points as never,
  zeroGradientElements: meta.zeroGradientElements as number,
  zeroGradientInputs: meta.zeroGradientInputs as never,
});
