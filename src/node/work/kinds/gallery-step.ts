import type { z } from 'zod';
import { type AttackParameters, attacks, sweep } from '../../../core/attacks/index.js';
import { lookUp } from '../../../core/base/names.js';
import { Classifier } from '../../../core/models/classifier.js';
import { readNpz, writeNpz } from '../../../core/tensor/npz.js';
import { resultsSchema } from '../../apps/study/study-schema.js';
import type { StepKind } from '../step.js';
import { attackedModel, objectiveOf } from './step-parts.js';

export type GalleryParameters = {
  readonly dataset: string;
  readonly attack: string;
  readonly objective: string;
  readonly parameters: AttackParameters;
  readonly budget: number;
  readonly seed: number;
  readonly rows: number;
};

const output = resultsSchema.shape.gallery.element.pick({ items: true });

/**
 * Adversarial images to look at: the first fooled input of each class, in the order of the attacked sample, so that nobody
 * chose the pretty ones. Inputs: `model.onnx` and the attack's `outcomes.npz`. Artifact: `images.npz`.
 */
export const gallery: StepKind<GalleryParameters, z.infer<typeof output>> = {
  name: 'gallery',
  version: 3,
  output,
  cost: (p) => p.rows * 4,
  label: () => 'gallery',
  async run(p, inputs, context) {
    const dataset = await context.dataset(p.dataset);
    const chosen = firstOfEachClass(inputs.get('outcomes.npz')!, p.budget, p.rows);
    context.progress.begin(gallery.label(p), chosen.length, 'images');
    if (chosen.length === 0) return { meta: { items: [] } };
    const { images, labels } = dataset.test.batch(chosen);
    const classifier = new Classifier(await attackedModel(inputs, 0, context), { runtime: context.runtime });
    try {
      const result = await sweep({
        attack: lookUp(attacks, p.attack, 'attack'),
        objective: objectiveOf(p),
        parameters: p.parameters,
        classifier,
        images,
        labels: labels.data,
        budgets: [p.budget],
        seed: p.seed,
        keepAdversarial: true,
      });
      const adversarial = result.adversarial!;
      const logits = await classifier.logits(adversarial);
      const items = chosen.map((index, i) => {
        const prediction = result.predictions[0]![i]!;
        const row = logits.data.subarray(i * classifier.classes, (i + 1) * classifier.classes);
        const total = row.reduce((sum, z) => sum + Math.exp(z - row[prediction]!), 0);
        return {
          index,
          label: Number(labels.data[i]),
          clean: result.clean[i]!,
          adversarial: prediction,
          confidence: 1 / total,
        };
      });
      context.progress.end();
      const arrays = new Map([
        ['original', images],
        ['adversarial', adversarial],
      ]);
      return { meta: { items }, artifacts: new Map([['images.npz', writeNpz(arrays)]]) };
    } finally {
      await classifier.release();
    }
  },
};

/** Positions in the test set. */
function firstOfEachClass(outcomes: Uint8Array, budget: number, limit: number): number[] {
  const arrays = readNpz(outcomes, { source: 'outcomes.npz' });
  const numbers = (name: string) => Array.from(arrays.get(name)!.data as ArrayLike<number | bigint>, Number);
  const [indices, labels, clean] = [numbers('indices'), numbers('labels'), numbers('clean')];
  const column = numbers('budgets').indexOf(budget);
  const predictions = numbers('predictions').slice(column * indices.length, (column + 1) * indices.length);
  const first = new Map<number, number>();
  indices.forEach((index, i) => {
    const fooled = clean[i] === labels[i] && predictions[i] !== clean[i];
    if (fooled && !first.has(labels[i]!)) first.set(labels[i]!, index);
  });
  return [...first]
    .sort((a, b) => a[0] - b[0])
    .slice(0, limit)
    .map(([, index]) => index);
}
