import { expect, it } from 'vitest';
import { attacks, sweep } from '../../../src/core/attacks/index.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { classifierOf } from '../../support/classifiers.js';
import { mnist } from '../../support/mnist.js';
import { tinyPlan, train } from '../../support/training.js';

const EPSILON = 0.1;

/** Clean accuracy and accuracy under PGD on 300 unseen digits. */
async function judged(model: Model) {
  const batch = (await mnist()).test.batch([...Array(300).keys()]);
  const classifier = await classifierOf(model);
  const { cleanAccuracy, points } = await sweep({
    attack: attacks.pgd,
    classifier,
    objective: objectives['cross-entropy'],
    parameters: { steps: 20 },
    images: batch.images,
    labels: batch.labels.data,
    budgets: [EPSILON],
  });
  await classifier.release();
  return { clean: cleanAccuracy, robust: points[0]!.robustAccuracy };
}

it(
  'digits: a network trained against an adversary is clearly more robust, at little cost in ' + 'accuracy',
  async () => {
    const split = (await mnist()).train.slice(0, 3000);
    const plan = { ...tinyPlan, epochs: 3, batchSize: 50, learningRate: 5e-3 };
    const model = buildModel('784-C4k3-F32-10', { seed: 1 });
    const usual = await judged((await train(model, split, plan)).model);
    for (const adversary of [`fgsm-rs:${EPSILON}`, `pgd:${EPSILON},steps=3`]) {
      const hardened = await judged((await train(model, split, { ...plan, adversary })).model);
      // The 95 % intervals lie well apart.
      expect(hardened.robust.low!, adversary).toBeGreaterThan(usual.robust.high! + 0.1);
      expect(hardened.clean.value!, adversary).toBeGreaterThan(usual.clean.value! - 0.08);
    }
  },
);
