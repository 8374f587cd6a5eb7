import { aboutOf, type StepAbout, type StudyData } from '../../src/node/apps/study/study-plan.js';
import type { StepResult } from '../../src/node/work/executor.js';
import { type Plan, parametersOf, type Step, stepOf } from '../../src/node/work/plan.js';
import type { KeyContext } from '../../src/node/work/step-keys.js';

/** Data of a study that nobody loads. */
export const noData = (name: string): StudyData => ({
  reference: { name, digest: 'd'.repeat(64) },
  classNames: [],
});

export const context: KeyContext = { toolkit: '1.0.0', engine: 'engine 1', device: 'cpu', threads: 1 };

export const planOf = (...steps: Step[]): Plan => ({ schema: 'foolproof.plan/1', steps });

/** A training that nobody makes. The seed tells it apart from others. */
export const training = (id: string, seed = 1, epochs = 1): Step =>
  stepOf('train', {
    id,
    parameters: {
      data: noData('mnist').reference,
      images: 100,
      architecture: '1x2x2-F2-2',
      kernel: 3,
      compression: 'none',
      epochs,
      batchSize: 10,
      optimizer: 'adam',
      learningRate: 0.01,
      schedule: 'constant',
      seed,
    },
  });

/** What starts from the model of a training. */
export const measuring = (id: string, of: string, images = 10): Step =>
  stepOf('accuracy', {
    id,
    parameters: { data: noData('mnist').reference, images, seed: 1, tau: 0 },
    inputs: { model: { step: of, artifact: 'model.onnx' } },
  });

/** The steps of a plan of a study that are about a model, by what they become of the results. */
export function stepsOf({ steps }: Plan, model: string) {
  const inRole = (role: StepAbout['role']) =>
    steps.filter((step) => aboutOf(step).model === model && aboutOf(step).role === role);
  const variant = (step: Step) => aboutOf(step).variant;
  return {
    train: inRole('training').map((step) => parametersOf(step, 'train'))[0]!,
    overTau: inRole('accuracy-over-tau').map((step) => parametersOf(step, 'accuracy')),
    attacks: inRole('attack').map((step) => ({
      id: step.id,
      variant: variant(step),
      parameters: parametersOf(step, 'attack'),
    })),
    weights: inRole('weights').map((step) => parametersOf(step, 'weights')),
    galleries: inRole('gallery').map((step) => ({
      variant: variant(step),
      outcomes: step.inputs.outcomes,
      parameters: parametersOf(step, 'gallery'),
    })),
  };
}

/** The models of a plan of a study, with their labels. */
export const modelsOf = ({ steps }: Plan): [string, string][] =>
  steps.flatMap((step): [string, string][] =>
    step.kind === 'train' ? [[aboutOf(step).model, aboutOf(step).label]] : [],
  );

/** What nobody has computed. */
export const resultOf = (key: string, artifact = 'model.onnx'): StepResult => ({
  key,
  meta: {},
  artifacts: new Map([[artifact, { bytes: 0, sha256: key, read: async () => new Uint8Array() }]]),
  provenance: { toolkit: '', finished: '', node: '', onnxruntime: '', platform: '', cpu: '' },
  found: false,
});
