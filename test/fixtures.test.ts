import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type AttackName, attacks, type SweepResult, sweep } from '../src/core/attacks/index.js';
import { type ObjectiveName, objectives } from '../src/core/models/objectives/index.js';
import { loadModel } from '../src/node/subject/load-model.js';
import { classifierOf } from './support/classifiers.js';
import { mnist } from './support/mnist.js';

const MOST_BYTES = 1.5e6;

/** An attack at 0.3 on the first test digits. */
async function attacked(
  path: string,
  attack: AttackName,
  objective: ObjectiveName,
  count: number,
): Promise<SweepResult> {
  const { images, labels } = (await mnist()).test.batch([...Array(count).keys()]);
  const classifier = await classifierOf(await loadModel(path));
  const result = await sweep({
    attack: attacks[attack],
    classifier,
    objective: objectives[objective],
    images,
    labels: labels.data,
    budgets: [0.3],
  });
  await classifier.release();
  return result;
}

describe('the network that was trained against an adversary', () => {
  const path = 'test/fixtures/mnist-adversarial.onnx';

  it('is small and says what it was trained against', async () => {
    expect(statSync(path).size).toBeLessThan(MOST_BYTES);
    expect((await loadModel(path)).metadata.get('foolproof.adversary')).toMatch(/^[a-z-]+:0\.3,/);
  });

  it.each(['cross-entropy', 'margin', 'dlr'] as const)(
    'withstands 40 steps of PGD that follow %s',
    async (objective) => {
      const { cleanAccuracy, points } = await attacked(path, 'pgd', objective, 100);
      expect(cleanAccuracy.value!).toBeGreaterThan(0.97);
      expect(points[0]!.robustAccuracy.low!).toBeGreaterThan(0.8);
    },
  );
});

describe('the distilled network', () => {
  const path = 'test/fixtures/mnist-distilled.onnx';

  it('is small and says at which temperature it was trained', async () => {
    expect(statSync(path).size).toBeLessThan(MOST_BYTES);
    expect((await loadModel(path)).metadata.get('foolproof.distillation')).toBe('100');
  });

  it('hides its gradient from a cross-entropy and falls to a margin', async () => {
    const [hidden, found] = [
      await attacked(path, 'fgsm', 'cross-entropy-clipped', 400),
      await attacked(path, 'fgsm', 'margin', 400),
    ];
    expect(hidden.cleanAccuracy.value!).toBeGreaterThan(0.97);
    expect(hidden.points[0]!.success.high!).toBeLessThan(0.1);
    expect(hidden.gradient!.zeroInputs.low!).toBeGreaterThan(0.9);
    expect(found.points[0]!.success.low!).toBeGreaterThan(0.9);
    expect(found.gradient!.zeroInputs.value!).toBe(0);
  });
});
