import { attacks } from '../../../core/attacks/index.js';
import { lookUp } from '../../../core/base/names.js';
import type { Executor } from '../../work/executor.js';
import { type AccuracyParameters, accuracy } from '../../work/kinds/accuracy-step.js';
import { type AttackParameters, attackStep } from '../../work/kinds/attack-step.js';
import { type GalleryParameters, gallery } from '../../work/kinds/gallery-step.js';
import { type TrainParameters, train } from '../../work/kinds/train-step.js';
import { type WeightsParameters, weights } from '../../work/kinds/weights-step.js';
import type { Finished, Parameters, StepKind } from '../../work/step.js';
import { placesOf } from '../../work/surroundings.js';
import type { AttackOutcomes } from './attack-outcomes.js';
import type { Rate, Results } from './study-schema.js';

/** One model of the study with all that is measured on it. */
export interface ModelPlan {
  readonly id: string;
  readonly label: string;
  /** Of one forward pass, relative to the other models of the study. */
  readonly forwardCost: number;
  readonly train: TrainParameters;
  readonly accuracy: AccuracyParameters;
  readonly inhibition: readonly AccuracyParameters[];
  readonly attacks: readonly PlannedAttack[];
  /** None or one. */
  readonly weights: readonly WeightsParameters[];
  readonly galleries: readonly PlannedGallery[];
}

export interface PlannedAttack {
  /** Tells runs of one attack apart, see `results.json`; the parameters alone decide what is done. */
  readonly variant: string;
  readonly parameters: AttackParameters;
}

export interface PlannedGallery {
  readonly variant: string;
  /** The planned attack whose outcomes are shown. */
  readonly attack: AttackParameters;
  readonly gallery: GalleryParameters;
}

/** Work in the whole plan: forward passes of one image, each at the cost of its model. */
export function planCost(plan: readonly ModelPlan[]): number {
  const total = <P extends Parameters>(kind: StepKind<P>, all: readonly P[]) =>
    all.reduce((sum, p) => sum + kind.cost(p), 0);
  return plan.reduce(
    (sum, m) =>
      sum +
      m.forwardCost *
        (total(train, [m.train]) +
          total(accuracy, [m.accuracy, ...m.inhibition]) +
          total(
            attackStep,
            m.attacks.map((a) => a.parameters),
          ) +
          total(weights, m.weights) +
          total(
            gallery,
            m.galleries.map((g) => g.gallery),
          )),
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
  /** Originals and adversarial images of the galleries as `.npz`, by the file that the results name. */
  readonly galleryImages: ReadonlyMap<string, Uint8Array>;
  /** Files to be written as they are, by their name in the run directory. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Runs everything planned for one model. */
export async function runModel(plan: ModelPlan, executor: Pick<Executor, 'execute'>): Promise<ModelResults> {
  const { id } = plan;
  const named = <P extends Parameters, M>(kind: StepKind<P, M>, variant = ''): StepKind<P, M> => ({
    ...kind,
    cost: (p: P) => plan.forwardCost * kind.cost(p),
    label: (p: P) => `${plan.label}: ${kind.label(p)}${variant ? `, ${variant}` : ''}`,
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
  for (const { variant, parameters } of plan.attacks) {
    const kind = named(attackStep, variant);
    finished.push({ variant, parameters, result: await executor.execute({ kind, parameters, inputs }) });
  }
  const distributions: Results['weights'] = [];
  for (const parameters of plan.weights) {
    const { meta } = await executor.execute({ kind: named(weights), parameters, inputs });
    distributions.push(...meta.layers.map((layer) => ({ ...layer, model: id })));
  }
  const shown: Results['gallery'] = [];
  const galleryImages = new Map<string, Uint8Array>();
  for (const planned of plan.galleries) {
    const outcomes = finished
      .find((f) => f.parameters === planned.attack)!
      .result.artifacts.get('outcomes.npz')!;
    const { meta, artifacts } = await executor.execute({
      kind: named(gallery, planned.variant),
      parameters: planned.gallery,
      inputs: new Map([...inputs, ['outcomes.npz', outcomes]]),
    });
    const images = artifacts.get('images.npz');
    if (!images) continue;
    const row = galleryRow(id, planned, meta.items);
    shown.push(row);
    galleryImages.set(row.file, images);
  }
  return {
    model: modelRow(plan, trained, clean.meta.accuracy),
    modelBytes,
    attacks: finished.map((f) => attackRow(id, f)),
    outcomes: finished.map(({ variant, parameters, result }) => ({
      model: id,
      attack: parameters.attack,
      variant,
      objective: parameters.objective,
      tau: parameters.tau,
      outcomes: result.artifacts.get('outcomes.npz')!,
    })),
    inhibition,
    weights: distributions,
    gradients: finished.flatMap((f) => gradientRows(id, f)),
    gallery: shown,
    galleryImages,
    files: new Map(
      finished.flatMap((f) =>
        ['csv', 'npz'].map((kind) => [
          `${outcomesName(id, f)}.${kind}`,
          f.result.artifacts.get(`outcomes.${kind}`)!,
        ]),
      ),
    ),
  };
}

interface FinishedAttack extends PlannedAttack {
  readonly result: Finished<Meta<typeof attackStep>>;
}

type Meta<K> = K extends StepKind<never, infer M> ? M : never;

/** `outcomes/hash-1-64/jsma-iterative-pairs-logits`, with `-tau-0.1` when inhibited; without the ending. */
function outcomesName(model: string, { variant, parameters }: PlannedAttack): string {
  const { attack, objective, tau } = parameters;
  const words = [attack, variant.replaceAll(' ', '-'), objective, ...(tau > 0 ? [`tau-${tau}`] : [])];
  return `outcomes/${model}/${words.filter(Boolean).join('-')}`;
}

function modelRow(
  plan: ModelPlan,
  { meta, provenance }: Finished<Meta<typeof train>>,
  cleanAccuracy: Rate,
): Results['models'][number] {
  const {
    architecture,
    compression,
    epochs,
    optimizer,
    learningRate,
    schedule,
    batchSize,
    weightDecay,
    augmentation,
  } = plan.train;
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
      optimizer: [
        `${optimizer}, learning rate ${learningRate}, ${schedule} schedule, batch ${batchSize}`,
        ...(weightDecay ? [`weight decay ${weightDecay}`] : []),
        ...(augmentation ? [`augmentation ${augmentation}`] : []),
      ].join(', '),
      history,
      environments: placesOf(provenance),
    },
    cleanAccuracy,
  };
}

function attackRow(model: string, finished: FinishedAttack): Results['attacks'][number] {
  const { variant, parameters: planned, result } = finished;
  const { attack, objective, parameters, tau } = planned;
  const { gradients: _, ...measured } = result.meta;
  const budgetName = lookUp(attacks, attack, 'attack').budget.name;
  const outcomes = `${outcomesName(model, finished)}.csv`;
  return { model, attack, variant, objective, parameters, budgetName, tau, outcomes, ...measured };
}

/** None for an attack that asked for no gradient. */
function gradientRows(model: string, { variant, parameters, result }: FinishedAttack): Results['gradients'] {
  const { attack, objective, tau } = parameters;
  return result.meta.gradients ? [{ model, attack, variant, objective, tau, ...result.meta.gradients }] : [];
}

function galleryRow(
  model: string,
  { variant, gallery: { attack, objective, budget } }: PlannedGallery,
  items: Meta<typeof gallery>['items'],
): Results['gallery'][number] {
  const budgetName = lookUp(attacks, attack, 'attack').budget.name;
  const file = `gallery/${[model, attack, ...variant.split(' ')].filter(Boolean).join('-')}.png`;
  return { model, attack, variant, objective, budgetName, budget, file, items };
}
