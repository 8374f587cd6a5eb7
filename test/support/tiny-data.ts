import { stream } from '../../src/core/base/random.js';
import { type Dataset, type Split, splitOf } from '../../src/core/data/dataset.js';
import { datasetDigest } from '../../src/node/datasets/split-digest.js';
import type { DataReference } from '../../src/node/work/data-reference.js';
import { type Step, stepOf } from '../../src/node/work/plan.js';

const DIMS = [1, 4, 4] as const;
const CLASSES = 2;

/** Images of two classes, one brighter than the other, that a network learns in a blink. */
function splitFor(seed: number, count: number): Split {
  const random = stream(seed, 'tiny data');
  const labels = Int32Array.from({ length: count }, (_, i) => i % CLASSES);
  const pixels = Uint8Array.from({ length: count * 16 }, (_, i) => {
    const bright = labels[Math.floor(i / 16)] === 1;
    return random.integer(120) + (bright ? 120 : 0);
  });
  return splitOf({ dims: DIMS, classes: CLASSES, pixels, labels });
}

export const tinyData: Dataset = {
  ...{ name: 'tiny', title: 'Tiny images', source: 'this test', dims: DIMS, classes: CLASSES },
  classNames: ['dark', 'bright'],
  train: splitFor(1, 40),
  test: splitFor(2, 20),
};

export const tinyReference: DataReference = { name: tinyData.name, digest: datasetDigest(tinyData) };

/** A training that takes a blink. The seed tells it apart from others. */
export const tinyTraining = (id: string, seed = 1, epochs = 2): Step =>
  stepOf('train', {
    id,
    title: `Tiny ${id}`,
    parameters: {
      data: tinyReference,
      images: tinyData.train.count,
      architecture: '1x4x4-F4-2',
      kernel: 3,
      compression: 'none',
      epochs,
      batchSize: 10,
      optimizer: 'adam',
      learningRate: 0.05,
      schedule: 'constant',
      seed,
      threads: 1,
    },
  });

/** Accuracy of the model of a training. */
export const tinyAccuracy = (id: string, of: string): Step =>
  stepOf('accuracy', {
    id,
    parameters: { data: tinyReference, images: tinyData.test.count, seed: 1, tau: 0 },
    inputs: { model: { step: of, artifact: 'model.onnx' } },
  });

/** FGSM on the model of a training. */
export const tinyAttack = (id: string, of: string): Step =>
  stepOf('attack', {
    id,
    parameters: {
      data: tinyReference,
      attack: 'fgsm',
      objective: 'cross-entropy',
      parameters: {},
      budgets: [0.1, 0.5],
      samples: tinyData.test.count,
      seed: 1,
      tau: 0,
    },
    inputs: { model: { step: of, artifact: 'model.onnx' } },
  });
